"""All ways to place an order."""
