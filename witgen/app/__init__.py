"""The edges: files, builds and tools."""
