"""A promise to deliver, kept across restarts."""
