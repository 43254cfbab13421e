"""Linking members beyond Golem's rules: by shape and prefix, and never to another function."""

from __future__ import annotations

from typing import Any

import pytest

from runtime_shim.clients.convention import client_import, link_by_convention
from runtime_shim.errors import LinkError
from runtime_shim.link import ClientLink, ClientResource, Member, Mode

ERROR = """
    (type $error-cases (variant (case "protocol-error" string) (case "denied" string)
      (case "not-found" string) (case "remote-internal-error" string)))
    (export "golem-rpc-rpc-error" (type $error (eq $error-cases)))
"""
OTHER_ERROR = ERROR.replace('(case "denied" string)', "")
API = '(export "api" (type $api (sub resource)))'
FUTURE = '(export "future-add-result" (type $future (sub resource)))'
SELF = '(param "self" (borrow $api))'


def target(*functions: str) -> str:
    """A component `test:calc` with an interface of these functions, each from u32 to u32."""
    lifted = "\n".join(
        f'(func (export "{name}") (param "by" u32) {"" if name.startswith("note") else "(result u32)"}'
        f' (canon lift (core func $i "{"g" if name.startswith("note") else "f"}")))'
        for name in functions
    )
    return f"""
(component
  (component $inner
    (core module $m
      (func (export "f") (param i32) (result i32) (local.get 0))
      (func (export "g") (param i32)))
    (core instance $i (instantiate $m))
    {lifted})
  (instance $api (instantiate $inner))
  (export "test:calc/api" (instance $api)))
"""


def client(*members: str) -> str:
    body = "\n    ".join(members)
    return f'(component (import "test:calc-client/calc-client" (instance {body})))'


def method(name: str, result: str = "", params: str = '(param "by" u32)') -> str:
    returns = f"(result {result})" if result else ""
    return f'(export "[method]api.{name}" (func {SELF} {params} {returns}))'


def future(name: str, result: str = "") -> str:
    returns = f"(result {result})" if result else ""
    function = f'(func (param "self" (borrow $future)) {returns})'
    return f'(export "[method]future-add-result.{name}" {function})'


def found(mini: Any, functions: tuple[str, ...], *members: str) -> ClientLink:
    """The link by convention to a target with these functions."""
    names = mini.deploy("test:calc", target(*functions)).names if functions else None
    program = mini.deploy("test:caller", client(*members))
    (interface,) = program.shape.imports.values()
    parsed = client_import(interface.name)
    assert parsed is not None
    return link_by_convention(interface, parsed, names, durable=True)


def members(link: ClientLink) -> list[tuple[str, str, Mode]]:
    """Each member with the function that it calls."""
    return [
        (
            m.name.removeprefix("[method]api."),
            m.function.removeprefix("test:calc/api.").strip("{}"),
            m.mode,
        )
        for resource in link.resources
        for m in resource.members
    ]


class TestFound:
    def test_a_member_of_each_kind(self, mini: Any) -> None:
        link = found(
            mini,
            ("add", "note"),
            ERROR,
            API,
            FUTURE,
            future("subscribe", "u8"),
            future("get", "(option u32)"),
            future("try-get", "(option (result u32 (error $error)))"),
            future("cancel"),
            method("try-add", "(result u32 (error $error))"),
            method("add", "(own $future)"),
            method("trigger-add"),
            method("try-note", "(result (error $error))"),
            method("note"),
        )

        assert link.futures == ("future-add-result",)
        assert members(link) == [
            ("try-add", "add", Mode.TRY),
            ("add", "add", Mode.ASYNC),
            ("trigger-add", "add", Mode.TRIGGER),
            ("try-note", "note", Mode.TRY),
            ("note", "note", Mode.TRIGGER),
        ]

    def test_the_link_fits(self, mini: Any) -> None:
        mini.deploy("test:calc", target("add", "note"))
        text = client(
            ERROR,
            API,
            FUTURE,
            future("try-get", "(option (result u32 (error $error)))"),
            future("cancel"),
            method("try-add", "(result u32 (error $error))"),
            method("add", "(own $future)"),
            method("trigger-add"),
            method("try-note", "(result (error $error))"),
        )

        mini.deploy("test:caller", text).link()

    @pytest.mark.parametrize(
        ("functions", "member", "called", "mode"),
        [
            # What is called like a member is itself, by shape or by name.
            (("add", "try-add"), method("try-add", "(own $future)"), "try-add", Mode.ASYNC),
            (("note", "note-2"), method("try-note", "(result (error $error))"), "note", Mode.TRY),
            (("add", "try-add"), method("try-add", "(result u32 (error $error))"), "add", Mode.TRY),
            (("add", "try-add"), method("blocking-try-add", "u32"), "try-add", Mode.BLOCKING),
            (
                ("add", "try-add"),
                method("try-try-add", "(result u32 (error $error))"),
                "try-add",
                Mode.TRY,
            ),
            (("add", "trigger-add"), method("trigger-add"), "trigger-add", Mode.TRIGGER),
            (
                ("add", "trigger-add"),
                method("trigger-trigger-add"),
                "trigger-add",
                Mode.TRIGGER,
            ),
            (("add", "try-add"), method("trigger-try-add"), "try-add", Mode.TRIGGER),
            (("add",), method("trigger-add"), "add", Mode.TRIGGER),
        ],
    )
    def test_no_member_is_taken_for_another_functions(
        self, mini: Any, functions: tuple[str, ...], member: str, called: str, mode: Mode
    ) -> None:
        link = found(mini, functions, ERROR, API, FUTURE, future("get", "(option u32)"), member)

        assert [(function, how) for _, function, how in members(link)] == [(called, mode)]

    def test_members_of_what_is_not_deployed(self, mini: Any) -> None:
        link = found(
            mini,
            (),
            ERROR,
            API,
            method("try-add", "(result u32 (error $error))"),
            method("trigger-x"),
        )

        assert [mode for _, _, mode in members(link)] == [Mode.TRY, Mode.TRIGGER]

    def test_a_resource_with_more_than_a_future_has_is_none(self, mini: Any) -> None:
        with pytest.raises(LinkError, match=r"neither an interface nor a resource `future-add"):
            found(mini, ("add",), API, FUTURE, future("cancel"), future("wait"))


class TestRefused:
    @pytest.mark.parametrize(
        "parts",
        [
            (ERROR, API, method("try-ad", "(result u32 (error $error))")),
            (ERROR, API, method("try-add-function", "(result u32 (error $error))")),
            (ERROR, API, method("try-add", "u32")),
            (ERROR, API, method("try-add", "(result u32)")),
            (ERROR, API, method("try-add", "(result u32 (error string))")),
            (OTHER_ERROR, API, method("try-add", "(result u32 (error $error))")),
            (ERROR, API, method("trigger-ad")),
            (ERROR, API, method("trigger-add", "u32")),
            (ERROR, API, method("trigger-add-function")),
        ],
    )
    def test_what_stands_for_nothing(self, mini: Any, parts: tuple[str, ...]) -> None:
        with pytest.raises(LinkError, match=r"does not match any function"):
            found(mini, ("add", "note"), *parts)

    @pytest.mark.parametrize(
        ("parts", "told"),
        [
            ((method("try-add", "(result u64 (error $error))"),), "type mismatch"),
            ((method("try-add", "(result (error $error))"),), "type mismatch"),
            ((method("try-note", "(result u32 (error $error))"),), "type mismatch"),
            (
                (method("try-add", "(result u32 (error $error))", '(param "by" u64)'),),
                "type mismatch",
            ),
            ((method("trigger-add", params=""),), "type mismatch"),
            (
                (
                    FUTURE,
                    future("try-get", "(option (result u64 (error $error)))"),
                    method("add", "(own $future)"),
                ),
                "type mismatch",
            ),
            (
                (
                    FUTURE,
                    future("get", "(option u32)"),
                    future("try-get", "(option (result u64 (error $error)))"),
                    method("add", "(own $future)"),
                ),
                "is not a valid async member",
            ),
            (
                (FUTURE, future("try-get", "(option u32)"), method("add", "(own $future)")),
                "is not a valid async member",
            ),
        ],
    )
    def test_what_does_not_fit(self, mini: Any, parts: tuple[str, ...], told: str) -> None:
        mini.deploy("test:calc", target("add", "note"))
        program = mini.deploy("test:caller", client(ERROR, API, *parts))

        with pytest.raises(LinkError) as error:
            program.link()
        assert told in str(error.value)

    @pytest.mark.parametrize(
        ("mode", "member"),
        [
            (Mode.TRY, method("try-add", "u32")),
            (Mode.TRY, method("try-add")),
            (Mode.TRY, method("try-add", "(result u32)")),
            (Mode.TRIGGER, method("try-add", "(result u32 (error $error))")),
            (Mode.ASYNC, method("try-add", "(result u32 (error $error))")),
        ],
    )
    def test_a_stub_that_says_something_else(self, mini: Any, mode: Mode, member: str) -> None:
        mini.deploy("test:calc", target("add"))
        known = Member("[method]api.try-add", "test:calc/api.{add}", mode)
        link = ClientLink(
            "test:calc-client/calc-client",
            "test:calc",
            True,
            (ClientResource("api", None, None, (known,)),),
            (),
        )
        program = mini.deploy("test:caller", client(ERROR, API, member), links=(link,))

        with pytest.raises(LinkError, match=f"is not a valid {mode} member"):
            program.link()
