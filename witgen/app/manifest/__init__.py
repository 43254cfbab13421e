"""golem.yaml: what an application is made of."""
