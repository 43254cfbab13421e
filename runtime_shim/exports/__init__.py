"""Invocation names, and the exported functions that they refer to."""
