"""WIT text → `Document`: scanner, parser, syntax tree."""
