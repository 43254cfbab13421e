"""WASI by the host: recorded, and refused where nothing is granted."""
