"""A deployed component, and the instances of its workers."""
