"""Copies of the whole database: made while the bot runs, checked, and put back so that nothing is bought twice."""
