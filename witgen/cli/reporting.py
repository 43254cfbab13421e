"""What commands say of a host: its log, and its errors as diagnostics."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from witgen.cli.common import FINDINGS, USAGE, Talk, fail

if TYPE_CHECKING:
    from runtime_shim.errors import StoreError


@contextmanager
def spoken(talk: Talk, *, but: str | None = None) -> Iterator[None]:
    """Print what the host reports, such as retries, on stderr.

    Final failures of the worker `but` are left out: they become a diagnostic.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.formatter = _Spoken(talk)
    handler.addFilter(lambda record: record.levelno < logging.ERROR or _about(record) != but)
    log = logging.getLogger("runtime_shim")
    if talk.format == "text":
        log.addHandler(handler)
    log.propagate = False
    level = log.level
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


def _about(record: logging.LogRecord) -> object:
    """The worker that a record is about: always its first argument."""
    return record.args[0] if isinstance(record.args, tuple) and record.args else None


class _Spoken(logging.Formatter):
    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self._talk = talk

    def format(self, record: logging.LogRecord) -> str:
        """Formats records like diagnostics: `warning: …`; what only informs, as it is."""
        if record.levelno < logging.WARNING:
            return super().format(record)
        color = "red" if record.levelno >= logging.ERROR else "yellow"
        return f"{self._talk.paint(record.levelname.lower(), color)}: {super().format(record)}"


def store_failed(error: StoreError) -> NoReturn:
    """Fail because a store cannot be used."""
    from runtime_shim.errors import NotAStore, OtherFormat, StoreLocked

    code, advice = "RUN5006", "`witgen worker check` tells whether the store is damaged"
    match error:
        case StoreLocked():
            code, advice = (
                "RUN5014",
                "`witgen worker list`, `show`, `log` and `check` work meanwhile",
            )
        case OtherFormat():
            code, advice = "RUN5015", "use the version of witgen that made it"
        case NotAStore():
            code, advice = "RUN5016", "the file was not changed; give another name"
        case _:
            pass
    fail(code, error.message, error.advice or advice, status=USAGE)


@contextmanager
def explained(after_failure: tuple[str, ...] = ()) -> Iterator[None]:
    """Turn the host's errors into diagnostics and exit statuses.

    Args:
        after_failure: Advice for a failed call.
    """
    from runtime_shim.errors import (
        BadArguments,
        InvalidComponent,
        InvocationFailed,
        KeyReused,
        LinkError,
        OpenImport,
        RpcError,
        StoreError,
        Trap,
        UnknownComponent,
        UnknownFunction,
        UnsupportedPlatform,
        UnsupportedWasmtime,
    )

    try:
        yield
    except UnsupportedPlatform as error:
        fail("RUN5011", str(error), status=USAGE)
    except UnsupportedWasmtime as error:
        fail("RUN5010", str(error), "install one of these releases of `wasmtime`", status=USAGE)
    except InvalidComponent as error:
        fail("RUN5001", str(error), status=FINDINGS)
    except OpenImport as error:
        fail(
            "RUN5002",
            str(error),
            "compose the client into it with `witgen compose`, or run it with --mode dynamic",
            status=USAGE,
        )
    except LinkError as error:
        fail("RUN5003", str(error), status=FINDINGS)
    except (UnknownFunction, UnknownComponent) as error:
        fail("RUN5004", str(error), status=USAGE)
    except KeyReused as error:
        fail("RUN5012", str(error), "use another key for another call", status=USAGE)
    except BadArguments as error:
        fail("RUN5005", str(error), status=USAGE)
    except StoreError as error:
        store_failed(error)
    except (InvocationFailed, RpcError, Trap) as error:
        fail("RUN5007", str(error), *after_failure, status=FINDINGS)
