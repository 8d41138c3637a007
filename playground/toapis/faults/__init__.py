"""Faults of ToAPIs, each with a name, to be switched on by a test or a visitor."""
