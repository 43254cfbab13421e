"""History read back: the tape of recorded steps, and the handler that rebuilds workers from it."""
