"""The settings of a server, for its managers."""
