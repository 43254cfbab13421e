"""Python source text: names, literals, docstrings, layout and templates."""
