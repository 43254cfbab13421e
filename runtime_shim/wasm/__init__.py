"""The wasmtime side of the host: what implements `Program` and `Instance`."""
