"""Moments and spans of time, as people write and read them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"([0-9]{1,9})([smhd])")


class Span(click.ParamType[float]):
    """Seconds, written as `90s`, `15m`, `2h` or `7d`."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The seconds."""
        if isinstance(value, float):
            return value
        found = _SPAN.fullmatch(value)
        if found is None:
            self.fail(f"must be a time such as 90s, 15m, 2h or 7d, not `{value}`", param, ctx)
        return float(int(found[1]) * _UNITS[found[2]])


def moment(seconds: float) -> str:
    """A time since the epoch, in UTC; whole seconds without a fraction."""
    unit = "seconds" if seconds == int(seconds) else "milliseconds"
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec=unit)
    except (OverflowError, ValueError):
        return f"{seconds:.0f} s"  # a year that the calendar does not have


def ago(seconds: float) -> str:
    """How long ago something was, in its largest unit: `3 min ago`."""
    return f"{lasting(max(0.0, float(round(seconds)))) or '0 s'} ago"


def lasting(seconds: float | None) -> str:
    """A duration in its largest unit, such as `3 min` or `120 ms`; empty for none at all."""
    if not seconds:
        return ""
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    seconds = round(seconds, 1)
    return f"{seconds:.0f} s" if seconds >= 10 or seconds == int(seconds) else f"{seconds:.1f} s"
