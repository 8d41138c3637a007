"""Whole scenarios, through the playground."""
