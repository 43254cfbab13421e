"""`witgen worker`: the workers of a store, their oplogs, repairs, and what `stores` has."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from witgen.app.inspecting import UNFINISHED, described, logged
from witgen.cli import completion, stores
from witgen.cli.common import USAGE, Choice, Failure, Talk, fail, talkative
from witgen.cli.documents import document, json_text
from witgen.cli.oplog import follow, known_by, lines_of, plan
from witgen.cli.table import printable, show_table
from witgen.cli.times import Span, ago, lasting
from witgen.cli.updating import update
from witgen.diagnostics import counted

if TYPE_CHECKING:
    from runtime_shim.engines.records import Records, Repairs, Taken, WorkerInfo
    from runtime_shim.protocol.ids import WorkerId
    from witgen.diagnostics import Diagnostic

_SHOWN = 100  # characters of a value in a table

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
    that moment. Deleting, reviving and cancelling need exclusive use of the store, or its host: STORE
    may be the address where `witgen serve --manage` answers, such as http://127.0.0.1:9007.
    """


command.add_command(stores.check)
command.add_command(stores.backup)
command.add_command(stores.migrate)
command.add_command(update)


_since = click.option(
    "--since", type=Span(), metavar="SPAN", help="Only what was over within this time: --since 15m."
)
_before = click.option(
    "--before", type=Span(), metavar="SPAN", help="Only what was over longer ago: --before 7d."
)


@command.command("list", epilog="Example: witgen worker list sales.db --status failed")
@stores.store_or_address
@click.option(
    "--component",
    metavar="NAME",
    shell_complete=completion.worker_components,
    help="Only the workers of this component.",
)
@click.option(
    "--status",
    type=Choice(["idle", "pending", "failed", "parked"]),
    help="Only those with this status.",
)
@_since
@_before
@_json
@talkative
def list_(
    *,
    store: str,
    component: str | None,
    status: str | None,
    since: float | None,
    before: float | None,
    as_json: bool,
    talk: Talk,
) -> None:
    """List the workers of STORE, when the last call of each was over, and how long its calls took in all."""
    now = time.time()
    with _records(store) as records:
        if component is not None:
            _check_component(records, component)
        found = (
            one
            for one in records.workers()
            if component in {None, one.worker.component}
            and status in {None, one.status}
            and _within(one.ended, now, since, before)
        )
        if as_json:
            document(map(described, found))
            return
        rows = [_row(worker, now) for worker in found]
    heads = ("WORKER", "KIND", "STATUS", "DONE", "PENDING", "LAST", "TOOK", "FAILURE")
    show_table(heads, rows, color=talk.color)


@command.command("show", epilog="Example: witgen worker show sales.db a:house/hall")
@stores.store_or_address
@_worker
@_json
@talkative
def show(*, store: str, name: str, as_json: bool, talk: Talk) -> None:
    """Show one worker: its status, what it was created with, and its invocations."""
    with _records(store) as records:
        (target,) = _targets(records, (name,))
        found = list(records.workers(target))
        waiting = list(records.log(target, pending=True))
        taken = records.taken(target)
        never = () if taken and taken.calls else _never(records, found[0])
    if as_json:
        shown = {
            "workers": [described(one) for one in found],
            "pending": [logged(one) for one in waiting],
            "snapshot": _document_of(taken, never),
        }
        sys.stdout.write(json_text(shown) + "\n")
        return
    first = found[0]
    rows = [
        ("worker", _name(target)),
        ("uri", first.worker.uri),
        ("kind", _kind(first)),
        ("build", first.build),
        ("status", "failed" if any(w.failure for w in found) else found[-1].status),
        ("invocations", str(sum(worker.invocations for worker in found))),
        *(("took", text) for text in [lasting(sum(one.took or 0 for one in found))] if text),
        *(("failure", worker.failure) for worker in found if worker.failure),
        *(("snapshot", text) for text in _snapshot(taken, never)),
        *(("env", f"{key}={value}") for key, value in sorted(first.environment.variables.items())),
        *(("arg", argument) for argument in first.environment.arguments),
        *(("pending", f"{one.function} {plan(one)} {known_by(one)}") for one in waiting),
    ]
    show_table(("FIELD", "VALUE"), rows, color=talk.color)


def _never(records: Records, worker: WorkerInfo) -> tuple[str, ...]:
    """Why workers of this build are never taken."""
    from runtime_shim.adapter.state import stateful

    data = records.binary(worker.worker.component, worker.build)
    made = b"" if data is None else stateful(data)
    return () if isinstance(made, bytes) else made


def _document_of(taken: Taken | None, never: tuple[str, ...]) -> dict[str, object] | None:
    """The newest snapshot of a worker, where there is something to say of it."""
    known = {} if taken is None else taken._asdict()
    return (
        {"calls": 0, "size": 0, "reason": "", **known, "never": never} if taken or never else None
    )


def _snapshot(taken: Taken | None, never: tuple[str, ...]) -> Iterator[str]:
    """What is said of the newest snapshot of a worker."""
    if taken is not None and taken.calls:
        yield f"after {taken.calls} calls ({taken.size:,} bytes)"
    if taken is not None and taken.reason:
        yield f"no newer one: {taken.reason}"
    yield from (f"never: {reason}" for reason in never)


@command.command("log", epilog="Example: witgen worker log sales.db a:house/hall --key sale-1")
@stores.store_or_address
@_worker
@click.option(
    "--key",
    shell_complete=completion.keys,
    help="Only the invocation with this key, or `CALLER.STEP` of a guest's call.",
)
@click.option("--full", is_flag=True, help="Print values in full, however long.")
@click.option("--follow", "-f", "following", is_flag=True, help="Go on with what is added later.")
@_json
@talkative
def log(
    *,
    store: str,
    name: str,
    key: str | None,
    full: bool,
    following: bool,
    as_json: bool,
    talk: Talk,
) -> None:
    """Print the oplog of a worker: each invocation, its recorded steps, and its outcome."""
    if following and as_json:
        fail("APP4003", "--follow prints rows, so --json does not apply")
    limit = None if full else _SHOWN
    if following:
        with _records(store) as records:
            (target,) = _targets(records, (name,))
        follow(lambda: _records(store), target, limit, lambda one: key in {None, one.known_by})
    with _records(store) as records:
        (target,) = _targets(records, (name,))
        entries = records.log(target, key=key)
        first = next(entries, None)
        if key is not None and first is None:
            known = [one.known_by for one in records.log(target)]
            raise Failure([_unknown_key(name, key, known)], USAGE)
        found = itertools.chain(() if first is None else (first,), entries)
        if as_json:
            document(map(logged, found))
            return
        rows = [row for one in found for row in lines_of(one, limit)]
    show_table(("#", "ENTRY", "WHAT", "VALUE"), rows, color=talk.color)


@command.command("delete", epilog="Example: witgen worker delete sales.db a:house/hall")
@stores.store_or_address
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
@stores.store_or_address
@_before
@talkative
def prune(*, store: str, before: float | None, talk: Talk) -> None:
    """Delete the ephemeral workers whose call is over: each served one, and is kept for its log.

    Their keys are deleted, too: a call that is repeated with one of these keys runs again.
    """
    now = time.time()
    with _records(store) as records:
        over = [
            one.worker
            for one in records.workers()
            if not (one.durable or one.pending) and _within(one.ended, now, None, before)
        ]
    for target in over:
        with _repairs(store) as repairs:
            repairs.delete(target)
    talk.say(f"deleted {counted(len(over), 'ephemeral worker')}")


@command.command("revive", epilog="Example: witgen worker revive sales.db a:house/hall")
@stores.store_or_address
@_workers
@talkative
def revive(*, store: str, names: tuple[str, ...], talk: Talk) -> None:
    """Let failed workers serve again, in the state before the failed invocation.

    The failed invocation's key keeps its failure as the answer: call again with another key. A call
    that is parked, because the process ended too often while it ran, is delivered again.
    """
    with _records(store) as records:
        found = _targets(records, names)
        once = {one.worker for one in records.workers() if not one.durable and not one.pending}
    for target in found:
        with _repairs(store) as repairs:
            failed = repairs.revive(target)
        if target in once:
            said = "is ephemeral and has served its one call: nothing changed"
        else:
            said = "serves again" if failed else "had not failed and is not parked: nothing changed"
        talk.say(f"{printable(_name(target))} {said}")


@command.command("cancel", epilog="Example: witgen worker cancel sales.db a:house/hall sale-7")
@stores.store_or_address
@_worker
@click.argument(
    "keys", metavar="KEY...", nargs=-1, required=True, shell_complete=completion.open_keys
)
@talkative
def cancel(*, store: str, name: str, keys: tuple[str, ...], talk: Talk) -> None:
    """Cancel calls of a worker: they are queued, wait for their time or another attempt, or were interrupted.

    What a call has done stays done. A call by another worker that has begun is not cancelled, unless it
    is parked: its caller waits for it. A host that serves, given by its address, also interrupts calls
    that run.
    """
    with _records(store) as records:
        (target,) = _targets(records, (name,))
        states = {one.known_by: one.state for one in records.log(target)}
    if unknown := [_unknown_key(name, key, states) for key in keys if key not in states]:
        raise Failure(unknown, USAGE)
    with _repairs(store) as repairs:
        cancelled = [repairs.cancel(target, key) for key in keys]
    for key, done in zip(keys, cancelled, strict=True):
        state = "has begun" if states[key] in UNFINISHED else f"is {states[key]}"
        talk.say(
            f"cancelled {printable(key)}" if done else f"{printable(key)} {state}: not changed"
        )


@command.command("status", epilog="Example: witgen worker status sales.db a:house/hall sale-7")
@stores.store_or_address
@_worker
@click.argument("keys", metavar="KEY...", nargs=-1, required=True, shell_complete=completion.keys)
@_json
@talkative
def status(*, store: str, name: str, keys: tuple[str, ...], as_json: bool, talk: Talk) -> None:
    """Print the states of calls: `pending`, `done`, `failed` or `cancelled`; of a host also `running`."""
    with _records(store) as records:
        (target,) = _targets(records, (name,))
        found = {key: next(records.log(target, key=key), None) for key in keys}
        unknown = [key for key, one in found.items() if one is None]
        known = [one.known_by for one in records.log(target)] if unknown else []
    if unknown:
        raise Failure([_unknown_key(name, key, known) for key in unknown], USAGE)
    rows = [(key, one.state, one.function) for key, one in found.items() if one is not None]
    if as_json:
        document(dict(zip(("key", "state", "function"), row, strict=True)) for row in rows)
        return
    show_table(("KEY", "STATE", "FUNCTION"), rows, color=talk.color)


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


def _check_component(records: Records, component: str) -> None:
    """Fail where a store has no such component: its name may be misspelt."""
    from witgen.diagnostics import did_you_mean

    if component not in (known := sorted(records.components())):
        hints = did_you_mean(component, known) or (f"it has {', '.join(known) or 'none'}",)
        fail("RUN5008", f"the store has no component `{component}`", *hints)


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


def _within(ended: int | None, now: float, since: float | None, before: float | None) -> bool:
    """Whether something was over within the times that are given."""
    if ended is None:
        return since is None and before is None
    return (since is None or now - ended <= since) and (before is None or now - ended > before)


def _row(info: WorkerInfo, now: float) -> tuple[str, ...]:
    waits = 0 if info.since is None else int(now - info.since)
    pending = f"{info.pending} for {lasting(waits)}" if waits > 0 else str(info.pending)
    last = "" if info.ended is None else ago(now - info.ended)
    times = last, lasting(info.took)
    named = _name(info.worker), _kind(info), info.status
    return *named, str(info.invocations), pending, *times, info.failure or ""
