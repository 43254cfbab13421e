"""`Resolve`: packages, worlds, interfaces and types, with all names resolved."""
