"""Order and waiting: one invocation at a time per worker, and the calls that wait for them."""
