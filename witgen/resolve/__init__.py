"""`Resolve`: packages, worlds, interfaces and types, all names looked up."""
