"""The interfaces of Golem that guests import: `golem:rpc` and `golem:api`."""
