"""Typed Python of the world of any component."""
