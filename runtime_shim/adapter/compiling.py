"""What is logged of a compilation that takes seconds."""

COMPILING, COMPILED = "compiling %s (%.1f MB), once", "compiled %s"
"""When it begins, and when it is over."""
