"""Members beyond Golem's rules: what they are, what they are called, and that the rest stays."""

from __future__ import annotations

import uuid

import pytest
from shop_clients import ONE, codes, make, refusal, text

from witgen.client import Client, Member, Mode, Routing
from witgen.client.package import component_files
from witgen.emit import generate
from witgen.resolve import model as m

BOTH = ("try", "trigger")
ERROR = "golem-rpc-rpc-error"


def names(made: Client, resource: int = 0) -> list[str]:
    return [member.function.item_name for member in made.resources[resource].members]


def body(functions: str) -> str:
    return f"interface api {{ {functions} }} world shop {{ export api; }}"


def line(made: Client, start: str) -> str:
    (found,) = (row.strip() for row in text(made).splitlines() if row.strip().startswith(start))
    return found


def without_extras(made: Client) -> list[Member]:
    """The members that Golem's rules give."""
    return [
        member
        for resource in made.resources
        for member in resource.members
        if member.mode is not Mode.TRY
        and not (member.mode is Mode.TRIGGER and member.remote.result is not None)
    ]


class TestMembers:
    def test_their_places(self) -> None:
        assert names(make(ONE, extras=BOTH)) == [
            *("blocking-add", "try-add", "add", "schedule-add"),
            *("blocking-get", "try-get", "get", "trigger-get", "schedule-get"),
        ]

    @pytest.mark.parametrize(
        ("extras", "found"),
        [
            ((), ["blocking-get", "get", "schedule-get"]),
            (("try",), ["blocking-get", "try-get", "get", "schedule-get"]),
            (("trigger",), ["blocking-get", "get", "trigger-get", "schedule-get"]),
        ],
    )
    def test_each_by_itself(self, extras: tuple[str, ...], found: list[str]) -> None:
        made = make(body("get: func() -> u64;"), extras=extras)

        assert names(made) == found
        assert made.extras == extras
        assert made.tries is ("try" in extras)

    def test_their_order_and_number_do_not_matter(self) -> None:
        made = make(ONE, extras=["trigger", "try", "try"])

        assert made.extras == BOTH
        assert text(made) == text(make(ONE, extras=BOTH))

    @pytest.mark.parametrize(
        ("result", "declared"),
        [
            ("", f"result<_, {ERROR}>"),
            (" -> u64", f"result<u64, {ERROR}>"),
            (" -> option<u8>", f"result<option<u8>, {ERROR}>"),
            (" -> result", f"result<result, {ERROR}>"),
            (" -> result<u8, string>", f"result<result<u8, string>, {ERROR}>"),
        ],
    )
    def test_what_try_returns(self, result: str, declared: str) -> None:
        made = make(body(f"f: func(a: u8){result};"), extras=BOTH)

        assert line(made, "try-f:") == f"try-f: func(a: u8) -> {declared};"

    def test_what_trigger_takes_and_returns(self) -> None:
        made = make(body("f: func(a: u8, b: string) -> u64;"), extras=BOTH)

        assert line(made, "trigger-f:") == "trigger-f: func(a: u8, b: string);"

    def test_futures(self) -> None:
        (future,) = make(ONE, extras=BOTH).futures

        assert [function.item_name for function in future.functions] == [
            *("subscribe", "get", "try-get", "cancel"),
        ]
        assert line(make(ONE, extras=BOTH), "try-get: func() -> option") == (
            f"try-get: func() -> option<result<u64, {ERROR}>>;"
        )

    def test_futures_are_golems_without_try(self) -> None:
        (future,) = make(ONE, extras=("trigger",)).futures

        assert [function.item_name for function in future.functions] == ["subscribe", "get"]
        assert ERROR not in text(make(ONE, extras=("trigger",)))

    def test_they_call_what_the_others_call(self) -> None:
        for resource in make(CELLS, extras=BOTH).resources:
            by_remote: dict[str, set[tuple[str, Routing]]] = {}
            for member in resource.members:
                said = (member.remote.invocation, member.routing)
                by_remote.setdefault(member.remote.name, set()).add(said)
            assert [len(found) for found in by_remote.values()] == [1] * len(by_remote)

    def test_statics_stay_statics_and_name_their_worker(self) -> None:
        made = make(CELLS, extras=BOTH)

        assert line(made, "try-find:") == (
            f"try-find: static func(worker-name: string) -> result<cell, {ERROR}>;"
        )
        assert line(made, "trigger-join:") == "trigger-join: static func(a: cell, b: borrow<cell>);"
        assert codes(made) == ["GEN2206"]

    def test_ephemeral_statics_need_no_name(self) -> None:
        made = make(CELLS, extras=BOTH, kind="ephemeral")

        assert line(made, "try-find:") == f"try-find: static func() -> result<cell, {ERROR}>;"

    def test_docs_are_theirs_too(self) -> None:
        made = make(body("/// Says it.\nf: func() -> u8;"), extras=BOTH)

        assert [member.function.docs for member in made.resources[0].members] == ["Says it."] * 5


CELLS = body(
    "resource cell { constructor(n: u8); get: func() -> u8; find: static func() -> cell;"
    " join: static func(a: cell, b: borrow<cell>) -> u8; }"
)


class TestNames:
    def test_a_function_that_is_called_like_one_keeps_its_name(self) -> None:
        made = make(body("x: func() -> u8; try-x: func(); trigger-x: func();"), extras=BOTH)

        assert names(made)[:5] == [
            *("blocking-x", "try-x-function", "x", "trigger-x-function", "schedule-x"),
        ]
        assert "trigger-x" in names(made)
        assert codes(made) == ["GEN2203", "GEN2203"]
        assert "because its own name is taken" in made.warnings[0].message

    def test_the_replacement_may_be_taken_as_well(self) -> None:
        functions = "x: func(); try-x: func(); try-x-function: func(); try-x-function-2: func();"
        made = make(body(functions), extras=("try",))

        assert names(made)[1] == "try-x-function-3"

    def test_names_that_differ_in_dashes_only_clash(self) -> None:
        made = make(body("ab: func(); try-a-b: func();"), extras=("try",))

        assert names(made)[1] == "try-ab-function"

    def test_a_renamed_function_gives_its_new_name(self) -> None:
        made = make(body("custom: func() -> u8;"), extras=BOTH)

        assert names(made)[1] == "try-custom-function"
        assert codes(made) == ["GEN2203"]

    def test_the_name_of_the_resource_itself(self) -> None:
        made = make("interface try-x { x: func(); } world shop { export try-x; }", extras=("try",))

        assert names(made) == ["blocking-x", "try-x-function", "x", "schedule-x"]

    def test_a_type_that_is_called_like_the_error(self) -> None:
        made = make(body(f"enum {ERROR} {{ a }} f: func() -> {ERROR};"), extras=("try",))

        assert line(made, "try-f:") == (f"try-f: func() -> result<acme-shop-api-{ERROR}, {ERROR}>;")
        assert codes(made) == ["GEN2205"]

    @pytest.mark.parametrize(
        "functions",
        [
            "x: func() -> u8; try-x: func() -> u8; trigger-x: func();",
            "custom: func(); blocking-custom: func() -> u8; schedule-x: func(); x: func();",
            "trigger-trigger-x: func(); trigger-x: func() -> u8; x: func() -> u8;",
        ],
    )
    def test_what_is_asked_for_renames_nothing_else(self, functions: str) -> None:
        plain, more = make(body(functions)), make(body(functions), extras=BOTH)

        assert [(x.function.name, x.mode, x.remote.invocation) for x in without_extras(more)] == [
            (x.function.name, x.mode, x.remote.invocation) for x in without_extras(plain)
        ]
        assert [f.name for f in more.futures] == [f.name for f in plain.futures]

    @pytest.mark.parametrize("functions", ["f: func();", "f: func() -> u8;"])
    def test_nothing_is_there_unless_asked_for(self, functions: str) -> None:
        made = make(body(functions), extras=())

        assert (made.extras, made.tries, made.cancellation) == ((), False, None)
        assert without_extras(made) == [x for r in made.resources for x in r.members]


class TestCancellation:
    @pytest.mark.parametrize("golem_rpc", ["0.2.0", "0.2.1", "0.2.2"])
    def test_the_component_imports_it_in_the_version_of_golem_rpc(self, golem_rpc: str) -> None:
        files = component_files(make(ONE, extras=("try",), golem_rpc=golem_rpc))

        assert f"  import witgen:rpc/cancellation@{golem_rpc};" in files["component.wit"].decode()
        package = files[f"deps/witgen-rpc-{golem_rpc}/package.wit"].decode()
        assert f"  use golem:rpc/types@{golem_rpc}.{{future-invoke-result}};" in package

    @pytest.mark.parametrize(
        ("functions", "extras"),
        [
            ("f: func() -> u8;", ("trigger",)),
            ("f: func() -> u8;", ()),
            ("f: func();", BOTH),  # without a result there is no future
        ],
    )
    def test_it_is_imported_only_where_there_is_something_to_cancel(
        self, functions: str, extras: tuple[str, ...]
    ) -> None:
        made = make(body(functions), extras=extras)

        assert made.cancellation is None
        assert not any("witgen" in path for path in component_files(made))

    def test_callers_never_see_it(self) -> None:
        files = generate(make(ONE, extras=("try",)), emit=("wit",))

        assert not any("witgen" in path for path in files)


class TestMissingComponents:
    def test_the_id_is_the_one_that_it_has_on_our_host(self) -> None:
        made = make(ONE, component="acme:other")

        assert made.component_id == uuid.uuid5(
            uuid.UUID("9C19B15A-C83D-46F7-9BC3-EAD7923733F4"), "acme:other"
        )

    def test_the_client_component_knows_it(self) -> None:
        made = make(ONE, extras=("try",))
        remote = generate(made, emit=("python",))["python/remote.py"].decode()
        halves = divmod(made.component_id.int, 1 << 64)

        assert f"UNKNOWN = ComponentId(Uuid({halves[0]}, {halves[1]}))" in remote

    def test_it_is_in_no_other_client(self) -> None:
        files = generate(make(ONE, extras=("trigger",)), emit=("python",))

        assert b"UNKNOWN" not in files["python/remote.py"]


class TestTypedPython:
    @pytest.mark.parametrize("functions", [ONE, CELLS], ids=["interface", "resource"])
    def test_it_raises_and_queues_anyway(self, functions: str) -> None:
        path = "host/shop_client/api.py"
        plain = generate(make(functions), emit=("host",))[path]

        assert generate(make(functions, extras=BOTH), emit=("host",))[path] == plain

    def test_every_function_can_be_queued(self) -> None:
        api = generate(make(ONE), emit=("host",))["host/shop_client/api.py"].decode()

        assert "def tell_get(" in api
        assert "def tell_add(" in api


class TestRefusals:
    @pytest.mark.parametrize(
        ("extras", "told"),
        [
            (("tri",), "did you mean `try`?"),
            (("trigger", "cancel"), "one of `try`, `trigger`"),
            (("",), "one of `try`, `trigger`"),
            ("try", "one of `try`, `trigger`"),  # a text is a collection of letters
        ],
    )
    def test_something_else(self, extras: tuple[str, ...], told: str) -> None:
        for found in refusal(ONE, extras=extras).diagnostics:
            assert found.code == "GEN2004"
            assert "is not a valid `extras`" in found.message
            assert told in found.help

    def test_all_of_them_are_told(self) -> None:
        found = refusal(ONE, extras=("a", "try", "b")).diagnostics

        assert len(found) == 2

    def test_what_cannot_travel_is_left_out_of_all_members(self) -> None:
        made = make(
            body("f: func() -> stream<u8>; g: func() -> u8;"), extras=BOTH, skip_unsupported=True
        )

        assert {member.remote.name for member in made.resources[0].members} == {"g"}


def test_a_handle_in_an_error_or_a_result_is_the_clients() -> (  # the wrapped type is made in the client
    None
):
    made = make(
        body("resource r; f: func() -> result<list<r>, tuple<r>>; g: func() -> r;"), extras=BOTH
    )
    (cell,) = (r for r in made.resources if r.name == "r")
    found = [
        member.function.result
        for resource in made.resources
        for member in resource.members
        if member.mode is Mode.TRY
    ]
    resources = {
        kind.resource
        for ty in found
        if ty is not None
        for kind in kinds_below(made.resolve, ty)
        if isinstance(kind, m.Own | m.Borrow)
    }

    assert resources == {cell.resource}


def kinds_below(resolve: m.Resolve, ty: m.Type) -> list[m.TypeDefKind]:
    """The kinds that a type is made of; errors of calls hold none that matter."""
    from witgen.client.kinds import children

    if isinstance(ty, m.Prim):
        return []
    kind = resolve.types[ty].kind
    if isinstance(kind, m.Own | m.Borrow):
        return [kind]
    return [kind, *(below for child in children(kind) for below in kinds_below(resolve, child))]
