"""Whether an export fits an import, with the path to where it does not.

Both sides are types of one scope (the composed component), so that equal names are the same thing
and resources are compared by where they come from. Source: `design/mvp/Subtyping.md`; value types
are compared exactly, as the reference validator does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from itertools import chain

from witgen.component import types as t
from witgen.component.coremodules import module_mismatch
from witgen.component.entities import sort_of
from witgen.component.names import Names
from witgen.compose.show import kind, member, type_text
from witgen.diagnostics import counted, did_you_mean
from witgen.value import state, value

# Named types may refer to each other in long chains.
_MAX_DEPTH = 150
# The budget of one comparison, and how much more for each node of the expected type. Types
# that take longer were made for that: components that name types of components that name types,
# each compared both ways.
_STEPS, _STEPS_A_NODE = 20_000, 20
_DIFFER = "the types differ: "
# What is said of an import and of an export or a member that are not there.
NOT_OFFERED, MISSING = "nothing offers it", "it is missing"
# Hints take longer than everything else, and few are read.
_MAX_HINTS = 10


@state
class _Work:
    """The remaining budget, for all scopes of a composition together."""

    steps: int = 0
    hints: int = _MAX_HINTS
    # The type being compared, until its size was counted.
    subject: t.Extern | None = None

    def start(self, subject: t.Extern) -> None:
        self.steps, self.subject = _STEPS, subject

    def step(self, path: tuple[str, ...]) -> None:
        self.steps -= 1
        if self.steps < 0 and self.subject is not None:
            self.steps, self.subject = _STEPS_A_NODE * t.weight(self.subject), None
        if self.steps < 0:
            raise _Differ(path[:4], "the types take too long to compare")

    def hint(self, name: str, known: Iterable[str]) -> tuple[str, ...]:
        self.hints -= 1
        return did_you_mean(name, known) if self.hints >= 0 else ()


@value
class Mismatch:
    """One place where an export does not fit.

    Attributes:
        path: The steps from the interface to the place, such as `func run`, `param 2 "opts"`.
        message: What is expected there and what was found.
        help: What may be meant.
    """

    path: tuple[str, ...]
    message: str
    help: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Path and message."""
        return ": ".join(filter(None, (", ".join(self.path), self.message)))


class _Differ(Exception):
    def __init__(self, path: tuple[str, ...], message: str, help_: tuple[str, ...] = ()) -> None:
        self.mismatch = Mismatch(path, message, help_)


@state
class Checker:
    """Compares types of one scope.

    Attributes:
        names: The scope.
        origin: Answers what people call a resource: its name and whose it is.
        by_use: Whether a type that differs is reported for the first function that has it, which
            people know, rather than for the type.
    """

    names: Names
    origin: Callable[[t.Ref], str]
    by_use: bool = True
    _work: _Work = field(default_factory=_Work)
    _equal: set[tuple[t.ValType, t.ValType]] = field(default_factory=set)

    def mismatches(
        self, found: t.Extern, expected: t.Extern, path: tuple[str, ...], root: t.Ref
    ) -> Iterator[Mismatch]:
        """Where `found` does not fit `expected`: one mismatch a member.

        Args:
            found: The export, as seen from the scope.
            expected: The import, as seen from the scope.
            path: Steps so far.
            root: The place of `found` in the scope; both instances are opened there.
        """
        if not path:
            self._work.start(expected)
        if isinstance(found, t.InstanceType) and isinstance(expected, t.InstanceType):
            yield from self._instances(found, expected, path, root)
            return
        try:
            self._extern(found, expected, path, root)
        except _Differ as difference:
            yield difference.mismatch

    def _instances(
        self,
        found: t.InstanceType,
        expected: t.InstanceType,
        path: tuple[str, ...],
        root: t.Ref,
    ) -> Iterator[Mismatch]:
        for name, extern in expected.exports.items():
            step = (*path, member(name, extern))
            have = found.exports.get(name)
            if have is None:
                yield Mismatch(step, MISSING, self._work.hint(name, found.exports))
                continue
            inner = t.Ref(root.up, root.space, (*root.path, name))
            for mismatch in self.mismatches(
                t.opened(have, root.space, root.path),
                t.opened(extern, root.space, root.path),
                step,
                inner,
            ):
                by_use = self.by_use and isinstance(extern, t.TypeEq)
                use = _use(name, expected) if by_use else ()
                if use and mismatch.path[: len(step)] == step:
                    rest = mismatch.path[len(step) :]
                    told = (*mismatch.help, f"it has the type `{name}`")
                    mismatch = Mismatch((*path, *use, *rest), mismatch.message, told)
                yield mismatch

    def _extern(
        self, found: t.Extern, expected: t.Extern, path: tuple[str, ...], root: t.Ref
    ) -> None:
        self._work.step(path)
        match found, expected:
            case (t.FuncType(), t.FuncType()):
                self._functions(found, expected, path)
            case (t.ValueType(a), t.ValueType(b)):
                self._values(a, b, path)
            case (t.TypeEq() | t.TypeSub(), t.TypeSub()):
                if self.names.definition(root) is not None:
                    raise _Differ(path, f"expected a resource, found {type_text(root)}")
            case (t.TypeEq() | t.TypeSub(), t.TypeEq(type=type)):
                self._defined(found, type, path, root)
            case (t.ModuleType(a), t.ModuleType(b)):
                # A module in a file is not examined: the engine checks it when linking.
                problem = None if a is None or b is None else module_mismatch(a, b)
                if problem is not None:
                    raise _Differ(path, problem)
            case (t.ComponentType(), t.ComponentType()):
                for mismatch in self.components(found, expected, path):
                    raise _Differ(mismatch.path, mismatch.message, mismatch.help)
            case _ if sort_of(found) != sort_of(expected):
                raise _Differ(path, f"expected {kind(expected)}, found {kind(found)}")
            case _:
                pass

    def _defined(
        self, found: t.TypeEq | t.TypeSub, expected: t.DefType, path: tuple[str, ...], root: t.Ref
    ) -> None:
        have: t.DefType = found.type if isinstance(found, t.TypeEq) else root
        match have, expected:
            case (t.FuncType(), t.FuncType()):
                self._functions(have, expected, path)
            case (t.InstanceType(a), t.InstanceType(b)):
                self._same(t.ComponentType({}, a), t.ComponentType({}, b), path)
            case (t.ComponentType(), t.ComponentType()):
                self._same(have, expected, path)
            case (t.InstanceType() | t.ComponentType() | t.FuncType(), _) | (
                _,
                t.InstanceType() | t.ComponentType() | t.FuncType(),
            ):
                raise _Differ(path, "the types are of different kinds")
            case _:
                # The name on the found side says where a resource comes from.
                self._values(have, expected, path)

    def components(
        self, found: t.ComponentType, expected: t.ComponentType, path: tuple[str, ...]
    ) -> Iterator[Mismatch]:
        """Where one component type does not fit another: it may need less and give more.

        Args:
            found: The type of the component that there is.
            expected: The type that it is asked to have.
            path: Steps so far.
        """
        if not path:
            self._work.start(expected)
        scopes = {t.Space.IMPORT: expected.imports, t.Space.EXPORT: found.exports}
        names = Names(lambda space, name: scopes.get(space, {}).get(name), self.names)
        inner = Checker(names, self._origin_within, self.by_use, self._work)
        for name, extern in found.imports.items():
            step = (*path, f"import {name}")
            given = expected.imports.get(name)
            if given is None:
                yield Mismatch(step, NOT_OFFERED, self._work.hint(name, expected.imports))
                continue
            root = t.Ref(0, t.Space.IMPORT, (name,))
            yield from inner.mismatches(given, extern, step, root)
        for name, extern in expected.exports.items():
            step = (*path, f"export {name}")
            have = found.exports.get(name)
            if have is None:
                yield Mismatch(step, MISSING, self._work.hint(name, found.exports))
                continue
            root = t.Ref(0, t.Space.EXPORT, (name,))
            yield from inner.mismatches(have, extern, step, root)

    def _origin_within(self, ref: t.Ref) -> str:
        if ref.up:
            return self.origin(t.Ref(ref.up - 1, ref.space, ref.path))
        whose = f" of the {ref.space} `{ref.path[0]}`" if len(ref.path) > 1 else ""
        return f"`{ref.path[-1]}`{whose}"

    def _same(self, a: t.ComponentType, b: t.ComponentType, path: tuple[str, ...]) -> None:
        """Two types that are named must be equal: each fits the other."""
        if a == b:
            return
        for mismatch in chain(self.components(a, b, path), self.components(b, a, path)):
            differ = mismatch.message.removeprefix(_DIFFER)
            raise _Differ(mismatch.path, _DIFFER + differ, mismatch.help)

    def _functions(self, found: t.FuncType, expected: t.FuncType, path: tuple[str, ...]) -> None:
        if found.is_async != expected.is_async:
            words = ("an async function", "a function that is not async")
            a, b = words if expected.is_async else words[::-1]
            raise _Differ(path, f"expected {a}, found {b}")
        if len(found.params) != len(expected.params):
            wanted = counted(len(expected.params), "parameter")
            raise _Differ(path, f"expected {wanted}, found {len(found.params)}")
        for number, ((a, have), (b, want)) in enumerate(
            zip(found.params, expected.params, strict=True), 1
        ):
            step = (*path, f'param {number} "{b}"')
            if a != b:
                raise _Differ(step, f'it is named "{a}" in the export')
            self._values(have, want, step)
        self._optional(found.result, expected.result, (*path, "result"), "result")

    def _optional(
        self,
        found: t.ValType | None,
        expected: t.ValType | None,
        path: tuple[str, ...],
        what: str,
    ) -> None:
        if found is None and expected is None:
            return
        if found is None or expected is None:
            a = f"no {what}" if expected is None else type_text(expected)
            b = f"no {what}" if found is None else type_text(found)
            raise _Differ(path, f"expected {a}, found {b}")
        self._values(found, expected, path)

    def _values(self, found: t.ValType, expected: t.ValType, path: tuple[str, ...]) -> None:
        if found == expected:
            return
        a = self.names.canonical(found) if isinstance(found, t.Ref) else found
        b = self.names.canonical(expected) if isinstance(expected, t.Ref) else expected
        if a == b or (a, b) in self._equal:
            return
        self._work.step(path)
        if len(path) > _MAX_DEPTH:
            raise _Differ(path[:4], "the types are nested too deeply to compare")
        self._shapes(self._shape(a), self._shape(b), (found, expected), path)
        self._equal.add((a, b))

    def _shape(self, type: t.ValType) -> t.ValType:
        if isinstance(type, t.Ref):
            shape = self.names.definition(type)
            if shape is not None and not isinstance(
                shape, t.FuncType | t.InstanceType | t.ComponentType
            ):
                return shape
        return type

    def _shapes(
        self,
        found: t.ValType,
        expected: t.ValType,
        shown: tuple[t.ValType, t.ValType],
        path: tuple[str, ...],
    ) -> None:
        match found, expected:
            case (t.Record(a), t.Record(b)):
                self._members("field", a, b, path)
            case (t.Variant(a), t.Variant(b)):
                self._members("case", a, b, path)
            case (t.Enum(a), t.Enum(b)) | (t.Flags(a), t.Flags(b)):
                what = "case" if isinstance(found, t.Enum) else "flag"
                self._members(what, [(n, None) for n in a], [(n, None) for n in b], path)
            case (t.Tuple(a), t.Tuple(b)) if len(a) == len(b):
                for number, (x, y) in enumerate(zip(a, b, strict=True), 1):
                    self._values(x, y, (*path, f"element {number}"))
            case (t.List(x), t.List(y)) | (t.Option(x), t.Option(y)):
                self._values(x, y, (*path, "element" if isinstance(found, t.List) else "some"))
            case (t.FixedList(x, n), t.FixedList(y, m)) if n == m:
                self._values(x, y, (*path, "element"))
            case (t.Map(k, x), t.Map(l, y)):
                self._values(k, l, (*path, "key"))
                self._values(x, y, (*path, "value"))
            case (t.Result(x, e), t.Result(y, f)):
                self._optional(x, y, (*path, "ok"), "type")
                self._optional(e, f, (*path, "err"), "type")
            case (t.Stream(x), t.Stream(y)) | (t.Future(x), t.Future(y)):
                self._optional(x, y, (*path, "payload"), "type")
            case (t.Own(x), t.Own(y)) | (t.Borrow(x), t.Borrow(y)):
                self._values(x, y, path)
            case (t.Ref(), t.Ref()):
                raise _Differ(path, *self._resources(found, expected))
            case _ if found != expected:
                have, want = map(type_text, shown)
                if have == want:  # equal names, which say nothing
                    have, want = type_text(found), type_text(expected)
                raise _Differ(path, f"expected {want}, found {have}")
            case _:
                pass

    def _resources(self, found: t.Ref, expected: t.Ref) -> tuple[str, tuple[str, ...]]:
        a, b = self.origin(found), self.origin(expected)
        message = f"expected the resource {b}, found the resource {a}"
        hint = (
            "resources are the same only if both sides `use` one interface; a resource declared "
            "again is a different one"
        )
        return message, (hint,)

    def _members(
        self,
        what: str,
        found: Sequence[tuple[str, t.ValType | None]],
        expected: Sequence[tuple[str, t.ValType | None]],
        path: tuple[str, ...],
    ) -> None:
        have, want = [n for n, _ in found], [n for n, _ in expected]
        for name in want:
            if name not in have:
                raise _Differ((*path, f'{what} "{name}"'), "it is missing in the export")
        for name in have:
            if name not in want:
                raise _Differ((*path, f'{what} "{name}"'), "it is missing in the import")
        if have != want:
            raise _Differ(path, f"the {what}s are in a different order")
        for (name, a), (_, b) in zip(found, expected, strict=True):
            self._optional(a, b, (*path, f'{what} "{name}"'), "payload")


def _use(type: str, interface: t.InstanceType) -> tuple[str, ...]:
    """The first place where a function takes or gives a type of its interface, as a path."""
    own = t.Ref(0, t.Space.EXPORT, (type,))
    for name, extern in interface.exports.items():
        if isinstance(extern, t.FuncType):
            for number, (param, wanted) in enumerate(extern.params, 1):
                if wanted == own:
                    return (f"func {name}", f'param {number} "{param}"')
            if extern.result == own:
                return (f"func {name}", "result")
    return ()
