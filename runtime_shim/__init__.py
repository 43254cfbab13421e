"""A thin, durable host for components that call each other over golem:rpc."""
