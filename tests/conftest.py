"""Shared by all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How fast a machine is that others use as well is no property of the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
