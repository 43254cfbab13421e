"""`wasi:http` for guests that send requests."""
