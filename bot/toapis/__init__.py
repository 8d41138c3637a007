"""The service that paints. Knows nothing of Discord."""
