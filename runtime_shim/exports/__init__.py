"""Invocation names, and the exported functions that they stand for."""
