"""The stand-in ToAPIs: strict about what it is sent, faulty on request, exact about every charge."""
