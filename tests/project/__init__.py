"""The repository as a whole: its laws, its documents, its commands."""
