"""Typed worker-to-worker clients for WebAssembly components."""
