"""Figures for people: usage, balance, health, consistency. Only reads."""
