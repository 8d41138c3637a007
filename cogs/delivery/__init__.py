"""Brings the news of jobs to people."""
