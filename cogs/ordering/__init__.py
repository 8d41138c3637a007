"""Every way to place an order."""
