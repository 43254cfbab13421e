"""History read back: the recorded steps, and the handler that rebuilds workers from them."""
