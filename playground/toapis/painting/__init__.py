"""The pictures that the stand-in paints. Pillow only."""
