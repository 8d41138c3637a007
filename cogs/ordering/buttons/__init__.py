"""The buttons under a picture, by subject. A new button stands with those of its subject, or in a file of its own."""
