"""Wrapping a component, so that what it polls can be recorded."""

HOST = "witgen:host/polling@0.1.0"
"""The import through which a wrapped component asks the host which pollables are ready."""
