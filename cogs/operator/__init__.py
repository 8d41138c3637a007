"""What the operator sees and decides."""
