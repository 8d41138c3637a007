"""The stand-in Discord: strict, small, and over real sockets."""

from .server import Discord

__all__ = ["Discord"]
