"""The component binary: reading and writing types, components as `Resolve`, the canonical ABI."""
