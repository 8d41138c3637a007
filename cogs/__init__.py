"""What people see and press. Loaded by name; ``bot`` knows nothing of it."""
