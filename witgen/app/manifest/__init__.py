"""golem.yaml: the description of an application."""
