"""What the managers of a server see and decide."""
