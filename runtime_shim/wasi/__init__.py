"""WASI by the host: recorded, and refused without a grant."""
