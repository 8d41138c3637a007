"""Failure by example: docs/failures.md, made by the real bot as it meets everything that can go wrong."""
