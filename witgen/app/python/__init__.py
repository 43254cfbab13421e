"""Guests in Python: what componentize-py would reject, found before it starts."""
