"""Photographs of the page, for the documentation."""
