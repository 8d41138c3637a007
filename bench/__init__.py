"""How heavy and how fast Retouch is, beside a bare discord.py bot in the same run. It measures, and judges nothing.

``python -m bench`` runs all; ``python -m bench idle`` (or ``cpu``, ``burst``) one. Machines are noisy: read the ratios.
"""
