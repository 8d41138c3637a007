"""How heavy and how fast Retouch is, beside the sample loop and an answering bot in the same run. It judges nothing.

``python -m bench`` runs all; ``python -m bench idle`` (or ``cpu``, ``burst``) one. Machines are noisy: read the ratios.
"""
