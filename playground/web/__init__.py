"""The playground as a web page."""
