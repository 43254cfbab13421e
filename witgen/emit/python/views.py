"""What the templates of the Python client see."""

from __future__ import annotations

from witgen.value import value


@value
class Runtime:
    """The modules of the host's bindings, and what the client does beyond Golem's rules.

    Attributes:
        tries: Whether errors of calls are shown.
        can_fail: Whether there is a constructor that returns a `result`.
        cancellation: The module that cancels calls; empty where none is cancelled.
        id: The two halves of the component's id.
    """

    rpc: str
    host: str
    poll: str
    clock: str
    tries: bool
    can_fail: bool
    cancellation: str
    id: tuple[int, int]


@value
class App:
    """What the template of the app module sees."""

    target: str
    interface: str
    world: str
    module: str
    head: tuple[str, ...]


@value
class Method:
    """A rendered method: its lines, without documentation."""

    decorator: str
    head: tuple[str, ...]
    docs: str
    body: tuple[str, ...]


@value
class Class:
    """A rendered class; `drop` is the literal that names the remote drop, if there is one."""

    head: tuple[str, ...]
    docs: str
    methods: tuple[Method, ...]
    drop: str = ""


@value
class Module:
    """What the template of a module sees."""

    interface: str
    target: str
    component: str
    imports: tuple[str, ...]
    component_name: str
    protocols: str
    classes: tuple[Class, ...]
    codecs: tuple[tuple[str, ...], ...]
