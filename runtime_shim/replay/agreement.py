"""Whether another build of a component would have done what its workers did."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runtime_shim.errors import BadArguments, StoreError, TypesUnknown, UnknownFunction
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.past import Past
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicy
from runtime_shim.protocol.seams import Future, Program
from runtime_shim.replay.past import Replay
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import encode

_CALL = re.compile(r"(call|spawn|send) (.+) (\S+) [0-9a-f]{8}", re.DOTALL)
_ACTIONS = {
    "call": "the call of {1} of {0}",
    "spawn": "the call of {1} of {0} in the background",
    "send": "the call of {1} of {0} that nobody waits for",
}

Text = Callable[[Value], str]
"""Writes a value."""

Seen = Callable[[Past], str | None]
"""Finds what a guest that made a call would not have seen alike, if anything."""

Asked = Callable[[CallId], tuple[Value, ...] | None]
"""Finds what a guest's call was given."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a build would have done something else.

    Attributes:
        seq: Which of the worker's invocations, from 0.
        function: What was called.
        key: The key from outside; None for a guest's call.
        step: Which of its steps; None for its end.
        recorded: What is in the journal.
        came: What the build did instead.
    """

    seq: int
    function: str
    key: str | None
    step: int | None
    recorded: str
    came: str

    def __str__(self) -> str:
        call = f"call {self.seq + 1}, {self.function}"
        key = "" if self.key is None else f" (key {self.key})"
        step = "" if self.step is None else f", step {self.step}"
        return f"{call}{key}{step}: recorded was {self.recorded}; this build {self.came}"


class _Checked(Replay):
    """A finished invocation that is run by another build."""

    def __init__(
        self, past: Past, invocation: _Newcomer, seq: int, text: Text, asked: Asked
    ) -> None:
        super().__init__(past, invocation, seq)  # type: ignore[arg-type]  # what it uses is there
        self._text = text
        self._asked = asked
        self._given: tuple[Value, ...] = ()
        self.difference: Difference | None = None

    def call(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Value:
        """The recorded outcome."""
        self._given = args
        return super().call(target, function, args)

    def spawn(self, target: WorkerId, function: str, args: tuple[Value, ...]) -> Future:
        """A future of the recorded outcome."""
        self._given = args
        return super().spawn(target, function, args)

    def send(
        self, target: WorkerId, function: str, args: tuple[Value, ...], due: float | None = None
    ) -> CallId:
        """What was sent."""
        self._given = args
        return super().send(target, function, args, due)

    def next(self, kind: str) -> Value:
        """The value of the next entry."""
        entry = self.entries[self.at] if self.at < self.end else None
        if entry is None or entry[0] != kind:
            found = "the end of the call" if entry is None else self._spoken(*entry)
            came = f"makes {self._spoken(kind)}"
            if entry is not None and _bare(entry[0]) == _bare(kind) != kind:
                came, found = self._arguments(self._past.number, self.at, found)
            self.differ(self.at, found, came)
        return super().next(kind)

    @property
    def recorded(self) -> str:
        """What the journal has next, in words."""
        return self._spoken(*self.entries[self.at]) if self.at < self.end else "a result"

    @property
    def last(self) -> str:
        """What the journal had before that, in words."""
        return self._spoken(*self.entries[self.at - 1])

    def differ(self, step: int | None, recorded: str, came: str) -> None:
        """Note the first difference."""
        if self.difference is None:
            key = self._past.key
            self.difference = Difference(self.seq, self.function, key, step, recorded, came)

    def ended(self, value: Value, text: Text) -> None:
        """See that nothing was left out, and that the result is the same."""
        self.skip()
        if self.at < self.end:
            self.differ(self.at, self._spoken(*self.entries[self.at]), "ends the call")
        was = self._past.result
        if value != was and encode(value) != encode(was):  # NaN is not itself
            self.differ(None, f"the result {text(was)}", f"returns {text(value)}")

    def _arguments(self, number: int, step: int, found: str) -> tuple[str, str]:
        """What is said of a call with other arguments."""
        was = self._asked(CallId(number, step))
        before = found if was is None else f"{found.partition(',')[0]} with {self._list(was)}"
        return f"gives it {self._list(self._given)}", before

    def _list(self, args: tuple[Value, ...]) -> str:
        return f"({', '.join(map(self._text, args))})"

    def _spoken(self, kind: str, *value: Value) -> str:
        """An entry in the words of WIT, with its value where there is one."""
        call = _CALL.fullmatch(kind)
        if call is not None:
            said = _ACTIONS[call[1]].format(call[2], call[3])
        elif kind.startswith("get "):
            said = f"waiting for the call of step {kind[4:]}"
        elif kind.startswith("refused "):
            _, target, function = kind.split(" ", 2)
            said = f"the refusal of the call of {function} of {target}"
        elif kind.startswith("cancel "):
            said = "the cancelling of a call"
        elif kind == "begin" or kind.startswith("end "):
            said = f"the {kind.partition(' ')[0]} of an atomic region"
        else:
            said = f"the host call {kind}"
        if not value or value == (None,):
            return said
        match value[0]:
            case Ok(answer) if call is not None:
                return said if answer is None else f"{said}, which gave {self._text(answer)}"
            case Err((_, message)) if call is not None:
                return f"{said}, which failed: {message}"
            case other:
                return f"{said}, which gave {self._text(other)}"


def _bare(kind: str) -> str:
    """The kind of a call's entry without the checksum of its arguments."""
    return kind[:-9] if _CALL.fullmatch(kind) else kind


class _Newcomer:
    """What a replay asks of the invocation for which a worker is rebuilt: there is none."""

    def __init__(self, worker: WorkerId, environment: Environment) -> None:
        self.worker = worker
        self.environment = environment
        self.retry_policy = RetryPolicy()

    def set_retry_policy(self, policy: RetryPolicy) -> None:
        """Keep it for what follows."""
        self.retry_policy = policy


class Rehearsal:
    """A worker that goes through its history in another build, as far as that is known.

    Args:
        program: The build.
        worker: Whose history it is.
        environment: What the worker was created with.
        text: Writes values.
        asked: Finds the arguments of recorded calls.
        seen: Compares what callers saw of a call.

    Attributes:
        seq: How many of its invocations were run.
    """

    def __init__(
        self,
        program: Program,
        worker: WorkerId,
        environment: Environment,
        text: Text = repr,
        asked: Asked = lambda call: None,
        seen: Seen = lambda past: None,
    ) -> None:
        self.seq = 0
        self._text, self._asked, self._seen = text, asked, seen
        self._invocation = _Newcomer(worker, environment)
        self._instance = program.instantiate(worker, environment)

    def difference(self, history: Iterable[Past]) -> Difference | None:
        """Where the build would have done something else; None if nowhere.

        `history` is what follows what was run, which ends with the first difference.
        """
        for past in history:
            replay = _Checked(past, self._invocation, self.seq, self._text, self._asked)
            try:
                value = self._instance.call(past.function, past.args, replay)
            except (UnknownFunction, BadArguments) as error:
                replay.differ(None, "a result", f"refuses the call: {error}")
            except Exception as error:  # noqa: BLE001  # whatever it is, it did not happen then
                match error if isinstance(error, StoreError) else error.__cause__:
                    case TypesUnknown(message=said):
                        replay.differ(replay.at - 1, replay.last, f"cannot be checked: {said}")
                    case StoreError() as trouble:
                        raise trouble from None
                    case _:
                        replay.differ(replay.at, replay.recorded, f"fails: {error}")
            else:
                replay.ended(value, self._text)
                other = self._seen(past) if past.key is None else None
                if other is not None:
                    replay.differ(None, "a call by a worker", other)
            if replay.difference is not None:
                return replay.difference
            self.seq += 1
        return None

    def close(self) -> None:
        """Unload it."""
        self._instance.close()
