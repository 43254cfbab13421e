"""`wasi:filesystem` inside granted folders."""
