"""The data, usage and history of a member."""
