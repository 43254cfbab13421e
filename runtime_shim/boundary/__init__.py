"""Values across wasmtime's C API, and what one instance shares with its host functions."""
