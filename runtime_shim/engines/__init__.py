"""Engines: what queues, delivers and records invocations."""
