"""What commands say of a host: its log, and its errors as diagnostics."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NoReturn

from witgen.cli.common import FINDINGS, USAGE, Talk, fail
from witgen.cli.progress import working

if TYPE_CHECKING:
    from runtime_shim.errors import StoreError
    from runtime_shim.protocol.ids import WorkerId
    from witgen.cli.guests import Guests


@contextmanager
def spoken(talk: Talk, called: WorkerId | None = None) -> Iterator[Guests]:
    """Print what the host reports, such as retries, on stderr; gives an output for its guests.

    Final failures of the worker `called` are left out: they become a diagnostic.
    """
    from runtime_shim.told import Attempts
    from witgen.cli.guests import Guests

    guests = Guests(talk, called)
    # Beside a document for machines nothing else is reported, but failures of guests are.
    handler = _Handler(talk, guests, called) if talk.format == "text" else Attempts(guests)
    log = logging.getLogger("runtime_shim")
    log.addHandler(handler)
    log.propagate = False
    level = log.level
    usual = logging.DEBUG if talk.verbose else logging.INFO
    log.setLevel(logging.WARNING if talk.quiet else usual)
    try:
        yield guests
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        handler.close()


class _Handler(logging.Handler):
    def __init__(self, talk: Talk, guests: Guests, called: WorkerId | None) -> None:
        super().__init__()
        self._talk = talk
        self._guests = guests
        self._called = called
        self._compiling = ExitStack()

    def close(self) -> None:
        """End what is drawn."""
        self._compiling.close()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record like a diagnostic: `warning: …`; what only informs, as it is."""
        from runtime_shim.adapter.compiling import COMPILED, COMPILING
        from runtime_shim.queue.endings import FAILED, RETRIED

        text = record.getMessage()
        same = self._guests.attempt(record)
        match record.args:
            case (worker, function, _, *rest) if same and record.msg == RETRIED:
                text = RETRIED % (worker, function, "same error", *rest)
            case (worker, _, _) if record.msg == FAILED and worker == self._called:
                return
            case (_, _) if record.msg == COMPILING and self._talk.draws:
                self._compiling.enter_context(working(text, self._talk))
                return
            case (_,) if record.msg == COMPILED:
                self._compiling.close()
                return
            case _:
                pass
        if record.levelno >= logging.WARNING:
            kind = record.levelname.lower()
            color = "red" if record.levelno >= logging.ERROR else "yellow"
            folded = self._talk.folded(f"{kind}: {text}").removeprefix(kind)
            sys.stderr.write(f"{self._talk.paint(kind, color)}{folded}\n")
        else:
            sys.stderr.write(f"{self._talk.folded(text)}\n")


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
def explained(call: str = "", after_failure: tuple[str, ...] = ()) -> Iterator[None]:
    """Turn the host's errors into diagnostics and exit statuses.

    Args:
        call: The worker and the function that are called.
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
        said = f"{call}: {error}" if call else str(error)
        fail("RUN5007", said, *after_failure, status=FINDINGS)
