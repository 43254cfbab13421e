"""The engine past one machine: workers as virtual objects of a Restate server."""
