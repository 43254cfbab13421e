"""The decorator of what WIT calls deprecated: type checkers say so, and so does a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import deprecated as deprecated  # noqa: PLC0414  # for generated code
else:
    try:
        from warnings import deprecated
    except ImportError:  # before Python 3.13
        from collections.abc import Callable
        from functools import wraps
        from typing import Any
        from warnings import warn

        def deprecated(message: str, /) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
            """Warn where a function is called."""

            def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
                @wraps(function)
                def called(*args: Any, **kwargs: Any) -> Any:
                    warn(message, DeprecationWarning, stacklevel=2)
                    return function(*args, **kwargs)

                called.__deprecated__ = message
                return called

            return decorate
