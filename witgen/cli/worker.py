"""`witgen worker`: the workers of a store, their oplogs, repairs, and what `stores` has."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from witgen.app.inspecting import as_text, described, logged
from witgen.cli import completion, stores
from witgen.cli.common import USAGE, Failure, Talk, talkative
from witgen.cli.table import printable, show_table
from witgen.cli.updating import update

if TYPE_CHECKING:
    from runtime_shim.engines.records import InvocationInfo, Records, Repairs, WorkerInfo
    from runtime_shim.protocol.ids import WorkerId
    from witgen.diagnostics import Diagnostic

_SHOWN = 100  # characters of a value in a table
_ALIKE = 3  # this many steps of the same kind in a row share a line
_CHECKSUM = re.compile(r"^((?:call|spawn|send) .*) [0-9a-f]{8}$")

_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
_worker = click.argument("name", metavar="COMPONENT/NAME", shell_complete=completion.workers)
_workers = click.argument(
    "names",
    metavar="COMPONENT/NAME...",
    nargs=-1,
    required=True,
    shell_complete=completion.workers,
)


@click.group(
    "worker",
    short_help="Inspect, check, back up, migrate or update a store; delete, revive or cancel.",
    epilog="Example: witgen worker log sales.db a:house/hall",
)
def command() -> None:
    """The workers of a STORE, the file given to `witgen run --store`.

    Reading needs no lock: it also works while a host uses the store, and shows what is on disk at
    that moment. Deleting, reviving and cancelling need exclusive use of the store.
    """


command.add_command(stores.check)
command.add_command(stores.backup)
command.add_command(stores.migrate)
command.add_command(update)


@command.command("list", epilog="Example: witgen worker list sales.db --status failed")
@stores.store_argument
@click.option("--component", metavar="NAME", help="Only the workers of this component.")
@click.option(
    "--status",
    type=click.Choice(["idle", "pending", "failed", "parked"]),
    help="Only those with this status.",
)
@_json
@talkative
def list_(
    *, store: str, component: str | None, status: str | None, as_json: bool, talk: Talk
) -> None:
    """List the workers of STORE."""
    with _records(store) as records:
        found = (
            one
            for one in records.workers()
            if component in {None, one.worker.component} and status in {None, one.status}
        )
        if as_json:
            _document(map(described, found))
            return
        rows = [_row(worker) for worker in found]
    heads = ("WORKER", "KIND", "STATUS", "DONE", "PENDING", "FAILURE")
    show_table(heads, rows, color=talk.color)


@command.command("show", epilog="Example: witgen worker show sales.db a:house/hall")
@stores.store_argument
@_worker
@_json
@talkative
def show(*, store: str, name: str, as_json: bool, talk: Talk) -> None:
    """Show one worker: its status, what it was created with, and its invocations."""
    with _records(store) as records:
        (target,) = _targets(records, (name,))
        found = list(records.workers(target))
        waiting = list(records.log(target, pending=True))
    if as_json:
        shown = {
            "workers": [described(one) for one in found],
            "pending": [logged(one) for one in waiting],
        }
        sys.stdout.write(_json_text(shown) + "\n")
        return
    first = found[0]
    rows = [
        ("worker", _name(target)),
        ("uri", first.worker.uri),
        ("kind", _kind(first)),
        ("build", first.build),
        ("status", "failed" if any(w.failure for w in found) else found[-1].status),
        ("invocations", str(sum(worker.invocations for worker in found))),
        *(("failure", worker.failure) for worker in found if worker.failure),
        *(("env", f"{key}={value}") for key, value in sorted(first.environment.variables.items())),
        *(("arg", argument) for argument in first.environment.arguments),
        *(("pending", f"{one.function} {_plan(one)} {_known_by(one)}") for one in waiting),
    ]
    show_table(("FIELD", "VALUE"), rows, color=talk.color)


@command.command("log", epilog="Example: witgen worker log sales.db a:house/hall --key sale-1")
@stores.store_argument
@_worker
@click.option(
    "--key", help="Only the invocation with this key, or `CALLER.STEP` of a guest's call."
)
@click.option("--full", is_flag=True, help="Print values in full, however long.")
@_json
@talkative
def log(*, store: str, name: str, key: str | None, full: bool, as_json: bool, talk: Talk) -> None:
    """Print the oplog of a worker: each invocation, its recorded steps, and its outcome."""
    with _records(store) as records:
        (target,) = _targets(records, (name,))
        entries = (one for one in records.log(target) if key is None or one.known_by == key)
        first = next(entries, None)
        if key is not None and first is None:
            known = [one.known_by for one in records.log(target)]
            raise Failure([_unknown_key(name, key, known)], USAGE)
        found = itertools.chain(() if first is None else (first,), entries)
        if as_json:
            _document(map(logged, found))
            return
        rows = [row for one in found for row in _lines(one, None if full else _SHOWN)]
    show_table(("#", "ENTRY", "WHAT", "VALUE"), rows, color=talk.color)


@command.command("delete", epilog="Example: witgen worker delete sales.db a:house/hall")
@stores.store_argument
@_workers
@talkative
def delete(*, store: str, names: tuple[str, ...], talk: Talk) -> None:
    """Delete workers and all their invocations, keys included; the store must not be in use."""
    for target in _found(store, names):
        with _repairs(store) as repairs:
            count = repairs.delete(target)
        what = "its one invocation" if count == 1 else f"its {count} invocations"
        talk.say(f"deleted {printable(_name(target))} and {what}")


@command.command("prune", epilog="Example: witgen worker prune sales.db")
@stores.store_argument
@talkative
def prune(*, store: str, talk: Talk) -> None:
    """Delete the ephemeral workers that are idle: each served one call, and is kept for its log.

    Their keys are deleted, too: a call that is repeated with one of these keys runs again.
    """
    with _records(store) as records:
        idle = [w.worker for w in records.workers() if not w.durable and w.status == "idle"]
    for target in idle:
        with _repairs(store) as repairs:
            repairs.delete(target)
    talk.say(f"deleted {len(idle)} ephemeral worker{'s' if len(idle) != 1 else ''}")


@command.command("revive", epilog="Example: witgen worker revive sales.db a:house/hall")
@stores.store_argument
@_workers
@talkative
def revive(*, store: str, names: tuple[str, ...], talk: Talk) -> None:
    """Let failed workers serve again, in the state before the failed invocation.

    The failed invocation's key keeps its failure as the answer: call again with another key. A call
    that is parked, because the process ended too often while it ran, is delivered again.
    """
    for target in _found(store, names):
        with _repairs(store) as repairs:
            failed = repairs.revive(target)
        said = "serves again" if failed else "had not failed and is not parked: nothing changed"
        talk.say(f"{printable(_name(target))} {said}")


@command.command("cancel", epilog="Example: witgen worker cancel sales.db a:house/hall sale-7")
@stores.store_argument
@_worker
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@talkative
def cancel(*, store: str, name: str, keys: tuple[str, ...], talk: Talk) -> None:
    """Cancel calls of a worker: they are queued, wait for their time or another attempt, or were interrupted.

    What a call has done stays done. A call by another worker that has begun is not cancelled, unless it
    is parked: its caller waits for it. While a host serves, `DELETE .../invocations/KEY` cancels calls,
    also those that run.
    """
    with _records(store) as records:
        (target,) = _targets(records, (name,))
        states = {one.known_by: one.state for one in records.log(target)}
    if unknown := [_unknown_key(name, key, states) for key in keys if key not in states]:
        raise Failure(unknown, USAGE)
    with _repairs(store) as repairs:
        cancelled = [repairs.cancel(target, key) for key in keys]
    for key, done in zip(keys, cancelled, strict=True):
        state = "has begun" if states[key] == "pending" else f"is {states[key]}"
        talk.say(
            f"cancelled {printable(key)}" if done else f"{printable(key)} {state}: not changed"
        )


def _unknown_key(name: str, key: str, known: Iterable[str]) -> Diagnostic:
    from witgen.diagnostics import Diagnostic, did_you_mean

    message = f"{name} has no invocation with the key `{key}`"
    return Diagnostic("RUN5008", message, help=did_you_mean(key, known))


# --- finding -----------------------------------------------------------------------------------


@contextmanager
def _records(store: str) -> Iterator[Records]:
    """One view of a store."""
    with stores.explained(), stores.opened(store).looking() as records:
        yield records


@contextmanager
def _repairs(store: str) -> Iterator[Repairs]:
    """A store for oneself."""
    with stores.explained(), stores.opened(store).repairing() as repairs:
        yield repairs


def _found(store: str, names: Iterable[str]) -> tuple[WorkerId, ...]:
    with _records(store) as records:
        return _targets(records, names)


def _targets(records: Records, names: Iterable[str]) -> tuple[WorkerId, ...]:
    """The workers with these names or URIs, each once; all unknown ones are reported together."""
    from witgen.diagnostics import Diagnostic, did_you_mean

    wanted = tuple(dict.fromkeys(names))
    known = {name: _meant(records, name) for name in wanted}
    unknown = [name for name in wanted if not known[name]]
    others = _all_names(records) if unknown else set()
    wrong = [
        Diagnostic(
            "RUN5008",
            f"there is no worker `{name}` in the store",
            help=did_you_mean(name, others) or ("`witgen worker list` shows all workers",),
        )
        for name in unknown
    ]
    wrong += [
        Diagnostic(
            "RUN5008",
            f"`{name}` matches {len(known[name])} workers",
            help=tuple(
                f"{worker.uri} is `{worker.name}` of the component `{worker.component}`"
                for worker in sorted(known[name])
            ),
        )
        for name in wanted
        if len(known[name]) > 1
    ]
    if wrong:
        raise Failure(wrong, USAGE)
    return tuple(dict.fromkeys(worker for name in wanted for worker in known[name]))


def _all_names(records: Records) -> set[str]:
    workers = {info.worker for info in records.workers()}
    return {text for worker in workers for text in (_name(worker), worker.uri)}


def _meant(records: Records, name: str) -> list[WorkerId]:
    """The workers that a name or URI may mean: components and workers may have slashes in theirs."""
    from runtime_shim.protocol.ids import WorkerId

    meant = [WorkerId(name[:at], name[at + 1 :]) for at, letter in enumerate(name) if letter == "/"]
    for component in records.components():
        before = WorkerId(component, "").uri
        if name.startswith(before):
            meant.append(WorkerId(component, name.removeprefix(before)))
    return [worker for worker in meant if next(records.workers(worker), None) is not None]


# --- printing ----------------------------------------------------------------------------------


def _name(worker: WorkerId) -> str:
    return f"{worker.component}/{worker.name}"


def _kind(info: WorkerInfo) -> str:
    return "durable" if info.durable else "ephemeral"


def _row(info: WorkerInfo) -> tuple[str, ...]:
    counts = str(info.invocations), str(info.pending)
    return _name(info.worker), _kind(info), info.status, *counts, info.failure or ""


def _plan(one: InvocationInfo) -> str:
    """When a pending invocation may begin, and its attempt number."""
    when = "now" if one.due is None else f"at {_moment(one.due)}"
    crashes = "" if not one.crashes else f", the process ended {_times(one.crashes)} meanwhile"
    return f"{when}, attempt {one.attempt}{crashes}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _moment(seconds: float) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError):
        return f"{seconds:.0f} s"  # a year that the calendar does not have


def _lines(one: InvocationInfo, limit: int | None) -> Iterator[tuple[str, str, str, str]]:
    """The rows of an invocation: its request, steps and status."""
    number = "-" if one.seq is None else str(one.seq)
    yield number, "invoked", one.function, _shorten(as_text(one.args), limit)
    for row in _steps(one, limit):
        yield f"{number}.{row[0]}", "step", *row[1:]
    if one.state == "pending":
        value = _plan(one)
    elif one.state == "done":
        value = as_text(one.result)
    else:
        value = str(one.result[1])
    yield number, one.state, _known_by(one), _shorten(value, limit)


def _known_by(one: InvocationInfo) -> str:
    return f"{'key' if one.call is None else 'call'} {one.known_by}"


def _steps(one: InvocationInfo, limit: int | None) -> Iterator[tuple[str, str, str]]:
    """The place, kind and value of each step; unless in full, runs of WASI steps share a line."""
    if limit is None:
        for index, (kind, value) in enumerate(one.steps):
            yield str(index), kind, as_text(value)
        return
    at = 0
    for kind, group in itertools.groupby(one.steps, key=lambda step: step[0]):
        values = [value for _, value in group]
        if kind.startswith("wasi:") and len(values) >= _ALIKE:
            yield f"{at}…{at + len(values) - 1}", kind, f"{len(values)} times; --full shows each"
        else:
            short = _CHECKSUM.sub(r"\1", kind)
            for index, value in enumerate(values, at):
                yield str(index), short, _shorten(_brief(value), limit)
        at += len(values)


def _brief(value: Any) -> str:
    """Bytes as their number and hexadecimal digits, anything else in WAVE."""
    if isinstance(value, bytes) and not (value.isascii() and value.decode("ascii").isprintable()):
        head = value[:12].hex(" ", 4) + ("…" if len(value) > 12 else "")
        return f"{len(value)} bytes: {head}"
    return as_text(value)


def _shorten(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def _document(items: Iterable[object]) -> None:
    """A JSON array, written item by item: a log may be longer than memory."""
    before = "["
    for item in items:
        text = _json_text(item).replace("\n", "\n  ")
        sys.stdout.write(f"{before}\n  {text}")
        before = ","
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")


def _json_text(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False)
