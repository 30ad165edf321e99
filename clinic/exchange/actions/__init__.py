"""Bringing files in: one file per kind of file."""
