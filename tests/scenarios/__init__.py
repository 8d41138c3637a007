"""Whole stories, through the playground."""
