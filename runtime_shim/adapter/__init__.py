"""Wrapping a component, so that what it polls can be recorded."""
