"""Delivery of jobs' results and progress to people."""
