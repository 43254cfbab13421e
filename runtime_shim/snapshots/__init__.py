"""What a worker is, taken between two calls and put back later: loaded only by hosts that want it."""
