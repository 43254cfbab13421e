"""`witgen worker`: the workers of a store and their oplogs, as tables and documents, and repairs."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, HERE, Ephemeral, Guest, Host, flaky, inc, many
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.engines.records import Records
from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.ownership import Ownership
from runtime_shim.engines.stored import stored
from runtime_shim.errors import InvocationFailed
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.seams import Invocation
from runtime_shim.values import Case, Some
from witgen.cli.documents import document, json_text
from witgen.cli.oplog import follow
from witgen.cli.table import plain_table, printable, show_table
from witgen.cli.times import ago, lasting

Cli = Callable[..., Any]
COMMANDS = ("list", "show", "log", "delete", "revive", "cancel")


def odd(state: dict[str, Any], invocation: Invocation, text: str) -> Any:
    invocation.step("say", lambda: [text, b"\x00\xff", b"plain", 1.5, True, None])
    return {"a": Some(None), "b": Case("dot"), "c": frozenset({"x", "w"})}


def deploy(engine: SqliteEngine) -> Host:
    return Host(engine).deploy(
        caller=Guest(many=many),
        bad=Guest(flaky=flaky(3), inc=inc),
        once=Ephemeral(inc=inc),
        odd=Guest(odd=odd),
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A caller and its counter, a failed worker, a scheduled call, an ephemeral one, odd values."""
    path = tmp_path / "s.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        host = deploy(engine)
        host.call("caller/a", "many", 2, key="run")
        with pytest.raises(InvocationFailed):
            host.call("bad/b", "flaky", key="bad")
        host.send("counter/later", "inc", 7, due=4102444800.5)
        host.call("once/o", "inc", 1)
        host.call("odd/\x1b[2Jo\n", "odd", "é\x1b[31m" + "x" * 200, key="odd")
    return path


def test_all_workers_are_listed(cli: Cli, store: Path) -> None:
    done = cli("worker", "list", store)

    assert (done.status, done.err) == (0, "")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert [re.sub(r"\b\d+ s ago( \d+ ms)?", "AGO", line) for line in lines] == [
        "WORKER KIND STATUS DONE PENDING LAST TOOK FAILURE",
        "bad/b durable failed 0 0 AGO failure 3",
        "caller/a durable idle 1 0 AGO",
        "counter/c durable idle 2 0 AGO",
        "counter/effects durable idle 1 0 AGO",
        "counter/later durable pending 0 1",
        "odd/\\x1b[2Jo\\n durable idle 1 0 AGO",
        "once/o ephemeral idle 1 0 AGO",
    ]


def test_the_list_as_adocument(cli: Cli, store: Path) -> None:
    found = json.loads(cli("worker", "list", store, "--json").out)

    assert [(one["name"], one["status"]) for one in found[:2]] == [("b", "failed"), ("a", "idle")]
    assert found[1]["env"] == {"A": "1"}
    assert found[1]["args"] == ["x"]
    assert found[0]["failure"] == "failure 3"


def test_one_worker(cli: Cli, store: Path) -> None:
    lines = cli("worker", "show", store, "counter/later").out.splitlines()

    assert [line.split(maxsplit=1) for line in lines][3:] == [
        ["kind", "durable"],
        ["build", "0" * 64],
        ["status", "pending"],
        ["invocations", "0"],
        ["env", "A=1"],
        ["arg", "x"],
        ["pending", "inc at 2100-01-01T00:00:00.500+00:00, attempt 1 key key-3"],
    ]
    assert ["failure", "failure 3"] in [
        line.split(maxsplit=1) for line in cli("worker", "show", store, "bad/b").out.splitlines()
    ]
    found = json.loads(cli("worker", "show", store, "counter/later", "--json").out)
    assert [one["due"] for one in found["pending"]] == [4102444800.5]


def test_the_oplog_of_a_worker(cli: Cli, store: Path) -> None:
    lines = cli("worker", "log", store, "caller/a").out.splitlines()

    assert lines[0].split() == ["#", "ENTRY", "WHAT", "VALUE"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["0", "invoked", "many"],
        ["0.0", "step", "call"],
        ["0.1", "step", "call"],
        ["0", "done", "key"],
    ]
    assert lines[2].endswith(" ok(1)")
    assert lines[4].endswith("  [1, 2]")
    assert "call counter/c inc" in lines[3]


def test_failed_and_waiting_invocations(cli: Cli, store: Path) -> None:
    assert cli("worker", "log", store, "bad/b").out.splitlines()[-1].endswith("failure 3")
    waiting = cli("worker", "log", store, "counter/later").out.splitlines()
    assert waiting[1].split() == ["-", "invoked", "inc", "(7)"]
    assert waiting[2].endswith("at 2100-01-01T00:00:00.500+00:00, attempt 1")
    failed = json.loads(cli("worker", "log", store, "bad/b", "--json").out)[0]
    assert (failed["state"], failed["result"], failed["failure"]) == ("failed", None, "failure 3")


def test_odd_values_are_shown_and_cannot_steer_a_terminal(cli: Cli, store: Path) -> None:
    name = "odd/\x1b[2Jo\n"
    short = cli("worker", "log", store, name).out
    full = cli("worker", "log", store, name, "--full").out

    assert "\x1b" not in short + full
    assert short.count("…") == 2
    assert "x" * 200 in full
    assert '"é\\u{1b}[31mxxx' in short
    assert "b'\\x00\\xff', b\"plain\", 1.5, true, none]" in full
    assert "{a: some, b: dot, c: {w, x}}" in full
    assert json.loads(cli("worker", "log", store, name, "--json").out)[0]["steps"][0]["kind"] == (
        "say"
    )


def test_a_row_of_steps_of_wasi_is_one_line(cli: Cli, tmp_path: Path) -> None:
    def begin(state: dict[str, Any], invocation: Invocation) -> int:
        for _ in range(4):
            invocation.step("wasi:random/random.get-random-u64", lambda: 7)
        return int(invocation.step("wasi:random/random.get-random-u64 ", lambda: 8))

    path = tmp_path / "s.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        Host(engine).deploy(guest=Guest(begin=begin)).call("guest/g", "begin")

    lines = [line.split() for line in cli("worker", "log", path, "guest/g").out.splitlines()]
    assert [line[0] for line in lines[1:]] == ["0", "0.0…3", "0.4", "0"]
    assert lines[2][3:] == ["4", "times;", "--full", "shows", "each"]
    assert len(cli("worker", "log", path, "guest/g", "--full").out.splitlines()) == 8


def test_bytes_are_digits_and_checksums_are_left_out_in_short(cli: Cli, tmp_path: Path) -> None:
    def read(state: dict[str, Any], invocation: Invocation) -> int:
        invocation.step("file", lambda: bytes(range(64)))
        return int(invocation.call(WorkerId("counter", "c"), "inc", (1,)))

    path = tmp_path / "s.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        Host(engine).deploy(guest=Guest(read=read)).call("guest/g", "read")

    lines = cli("worker", "log", path, "guest/g").out.splitlines()
    assert lines[2].endswith("64 bytes: 00010203 04050607 08090a0b…")
    assert lines[3].split() == ["0.1", "step", "call", "counter/c", "inc", "ok(1)"]


def test_a_document_is_written_while_it_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    written: list[str] = []

    def items() -> Iterator[object]:
        for number in range(3):
            yield {"n": [number], "text": "line\nline"}
            written.append(capsys.readouterr().out)
            assert f"{number}" in written[-1]

    document(items())
    whole = "".join(written) + capsys.readouterr().out
    expected = [{"n": [number], "text": "line\nline"} for number in range(3)]
    assert whole == json.dumps(expected, indent=2) + "\n"
    document(())
    assert capsys.readouterr().out == "[]\n"


def test_one_key_of_an_oplog(cli: Cli, store: Path) -> None:
    assert len(cli("worker", "log", store, "bad/b", "--key", "bad").out.splitlines()) > 2
    done = cli("worker", "log", store, "bad/b", "--key", "bat")
    assert (done.status, done.out) == (2, "")
    assert "did you mean `bad`?" in done.err


def test_looking_disturbs_nobody(cli: Cli, store: Path) -> None:
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        host = deploy(engine)
        assert host.call("counter/c", "inc", 5, key="new") == 7
        assert cli("worker", "log", store, "counter/c").out.splitlines()[-1].endswith(" 7")
        assert host.call("counter/c", "inc", 5, key="newer") == 12
        for repair, *key in (("delete",), ("revive",), ("cancel", "new")):
            done = cli("worker", repair, store, "counter/c", *key)
            assert (done.status, done.out) == (2, "")
            assert "in use by this process" in done.err


def test_a_deleted_worker_begins_anew(cli: Cli, store: Path) -> None:
    done = cli("worker", "delete", store, "counter/c", "counter/c", "bad/b")

    assert (done.status, done.out) == (0, "")
    assert (
        done.err
        == "deleted counter/c and its 2 invocations\ndeleted bad/b and its one invocation\n"
    )
    assert "counter/c " not in cli("worker", "list", store).out
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        assert deploy(engine).call("counter/c", "inc", 5, key="new") == 5


def test_a_revived_worker_serves_again(cli: Cli, store: Path) -> None:
    assert cli("worker", "revive", store, "bad/b").err == "bad/b serves again\n"
    assert "had not failed" in cli("worker", "revive", store, "bad/b").err
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        assert deploy(engine).call("bad/b", "inc", 5, key="new") == 5


def test_a_cancelled_call_never_runs(cli: Cli, store: Path) -> None:
    done = cli("worker", "cancel", store, "counter/later", "key-3")
    assert (done.status, done.out, done.err) == (0, "", "cancelled key-3\n")
    again = cli("worker", "cancel", store, "counter/later", "key-3")
    assert again.err == "key-3 is cancelled: not changed\n"
    assert cli("worker", "check", store).status == 0

    with closing(SqliteEngine(store, retries=FAST, clock=lambda: 4102444801.0)) as engine:
        host = deploy(engine)
        with pytest.raises(InvocationFailed, match="was cancelled"):
            host.call("counter/later", "inc", 7, key="key-3")
        assert host.call("counter/later", "inc", 0, key="new") == 0


def test_what_is_over_or_unknown_is_not_cancelled(cli: Cli, store: Path) -> None:
    assert cli("worker", "cancel", store, "caller/a", "run").err == "run is done: not changed\n"
    done = cli("worker", "cancel", store, "caller/a", "run", "rum")
    assert done.status == 2
    assert "did you mean `run`?" in done.err
    assert cli("worker", "log", store, "caller/a").out.splitlines()[-1].endswith("  [1, 2]")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["no.db"], "did you mean"),
        (["nothing/at/all.db"], "does not exist either"),
        (["text"], "not a database"),
        (["empty"], "is not a store"),
        (["."], "no such store"),
    ],
)
def test_what_is_no_store_is_2(
    cli: Cli, tmp_path: Path, command: str, args: list[str], hint: str
) -> None:
    (tmp_path / "text").write_text("my diary" * 2000)
    (tmp_path / "now.db").write_text("")
    (tmp_path / "empty").write_text("")
    worker = [] if command == "list" else ["a/b"]
    key = ["key"] if command == "cancel" else []

    done = cli("worker", command, *args, *worker, *key)

    assert (done.status, done.out) == (2, "")
    assert hint in done.err
    assert (tmp_path / "text").read_text() == "my diary" * 2000


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_all_unknown_workers_are_named_and_nothing_is_done(
    cli: Cli, store: Path, command: str
) -> None:
    many = command in {"delete", "revive"}
    names = ["caller/a", "countr/c", "zzz/zzz"] if many else ["countr/c"]
    key = ["key"] if command == "cancel" else []

    done = cli("worker", command, store, *names, *key)

    assert (done.status, done.out) == (2, "")
    assert done.err.count("error[RUN5008]") == (2 if many else 1)
    assert "did you mean `counter/c`?" in done.err
    assert cli("worker", "show", store, "caller/a").status == 0


def test_a_name_that_may_be_two_workers_is_refused(cli: Cli, tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    workers = WorkerId("a", "b/c"), WorkerId("a/b", "c")
    with closing(SqliteEngine(store)) as engine:
        Host(engine).deploy(**{"a": Guest(inc=inc), "a/b": Guest(inc=inc)})
        for by, worker in enumerate(workers):
            engine.invoke(worker, "inc", (by,), worker.uri, HERE)

    refused = cli("worker", "delete", store, "a/b/c")
    deleted = cli("worker", "delete", store, workers[1].uri)

    assert refused.status == 2
    assert "`a/b/c` matches 2 workers" in refused.err
    assert all(worker.uri in refused.err for worker in workers)
    assert deleted.status == 0
    assert workers[0].uri in cli("worker", "show", store, "a/b/c").out


def test_a_damaged_store_is_told(cli: Cli, store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE invocation SET log = x''")

    done = cli("worker", "log", store, "caller/a")

    assert (done.status, done.out) == (2, "")
    assert "does not match its checksum" in done.err


@pytest.mark.parametrize(
    "args",
    [(), ("lst",), ("list",), ("show", "s.db"), ("delete", "s.db"), ("list", "s.db", "--jsn")],
)
def test_wrong_usage_is_2(cli: Cli, args: tuple[str, ...]) -> None:
    assert cli("worker", *args).status == 2


def test_a_repair_takes_the_lock(cli: Cli, store: Path) -> None:
    owner = Ownership(store)
    begin = time.monotonic()
    assert cli("worker", "revive", store, "bad/b").status == 2
    owner.release()
    assert time.monotonic() - begin < 10
    assert cli("worker", "revive", store, "bad/b").status == 0


def test_tables_are_plain() -> None:
    assert plain_table(("A", "LONG"), [("xxx", ""), ("", "y")]) == "A    LONG\nxxx\n     y\n"
    assert printable("a\u202eb\n\ud800ü ") == "a\\u202eb\\n\\ud800ü "


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (("--status", "failed"), ["bad/b"]),
        (("--status", "pending"), ["counter/later"]),
        (("--status", "parked"), []),
        (("--component", "once"), ["once/o"]),
        (("--component", "once", "--status", "failed"), []),
        (("--component", "caller", "--since", "2h"), ["caller/a"]),
        (("--component", "caller", "--before", "2h"), []),
        (("--component", "counter", "--status", "pending", "--since", "2h"), []),
        (("--component", "counter", "--status", "pending", "--before", "0s"), []),
    ],
)
def test_some_workers_are_listed(
    cli: Cli, store: Path, args: tuple[str, ...], names: list[str]
) -> None:
    shown = cli("worker", "list", store, *args).out.splitlines()[1:]
    found = json.loads(cli("worker", "list", store, *args, "--json").out)

    assert [line.split()[0] for line in shown] == names
    assert len(found) == len(names)


@pytest.mark.parametrize("span", ["", "5", "5w", "-5s", "1.5h", "s", "²s", "9" * 10 + "s"])
def test_what_is_not_a_span_is_2(cli: Cli, store: Path, span: str) -> None:
    done = cli("worker", "list", store, "--since", span)
    assert (done.status, "must be a time such as 90s, 15m, 2h or 7d" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "60 min"), (3600, "1 h"), (1e6, "12 d")],
)
def test_how_long_ago(seconds: float, said: str) -> None:
    assert ago(seconds) == f"{said} ago"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((None, ""), (0.0, ""), (0.12, "120 ms"), (0.999, "999 ms"), (0.9999, "1 s")),
        *((1.0, "1 s"), (1.26, "1.3 s"), (9.96, "10 s"), (12.3, "12 s"), (59.4, "59 s")),
        *((60, "1 min"), (5400, "2 h"), (1e6, "12 d")),
    ],
)
def test_how_long(seconds: float | None, said: str) -> None:
    assert lasting(seconds) == said


def slept(state: dict[str, Any], invocation: Invocation, seconds: float) -> int:
    time.sleep(seconds)
    return 1


def test_how_long_calls_took(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    entered, leave = threading.Event(), threading.Event()

    def act(state: dict[str, Any], invocation: Invocation) -> int:
        entered.set()
        assert leave.wait(60)
        return 1

    with closing(SqliteEngine(path, retries=FAST)) as engine:
        host = Host(engine).deploy(slow=Guest(slept=slept, act=act))
        host.call("slow/a", "slept", 0.02)
        host.call("slow/a", "slept", 0.03)
        host.send("slow/b", "act")
        assert entered.wait(10)
        asked = next(one.since for one in inspection.workers(path) if one.worker.name == "b")
        assert asked is not None
        while time.time() < asked + 1:
            time.sleep(0.05)
        listed = [" ".join(one.split()) for one in cli("worker", "list", path).out.splitlines()]
        waiting = cli("worker", "log", path, "slow/b").out.splitlines()[-1]
        leave.set()

    assert re.fullmatch(r"slow/a durable idle 2 0 \d+ s ago \d+ ms|slow/a .* \S+ s", listed[1])
    assert re.fullmatch(r"slow/b durable pending 0 1 for \d+ s", listed[2])
    assert re.search(r"now, attempt 1, \d+ s so far$", waiting)
    ends = [one for one in cli("worker", "log", path, "slow/a").out.splitlines() if "done" in one]
    assert all(re.search(r"\+00:00, took [\d.]+ m?s ", one) for one in ends)
    shown = cli("worker", "show", path, "slow/a").out.splitlines()
    assert any(one.startswith("took ") for one in shown)


def test_an_ephemeral_worker_whose_call_failed(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        host = Host(engine).deploy(once=Ephemeral(flaky=flaky(3), inc=inc))
        with pytest.raises(InvocationFailed):
            host.call("once/o", "flaky")
        host.call("once/p", "inc", 1)

    found = json.loads(cli("worker", "list", path, "--json", "--component", "once").out)
    assert [(one["status"], one["failure"]) for one in found] == [
        ("failed", "failure 3"),
        ("idle", None),
    ]
    assert "once/p" not in cli("worker", "list", path, "--status", "failed").out
    revived = cli("worker", "revive", path, "once/o")
    assert (revived.status, "has served its one call: nothing changed" in revived.err) == (0, True)
    assert "deleted 2 ephemeral workers" in cli("worker", "prune", path).err


def test_a_misspelt_component_has_no_workers_and_says_so(cli: Cli, store: Path) -> None:
    done = cli("worker", "list", store, "--component", "onc")
    assert (done.status, "did you mean `once`?" in done.err) == (2, True)


def test_the_end_of_a_call_has_a_time(cli: Cli, store: Path) -> None:
    before = json.loads(cli("worker", "list", store, "--json").out)
    assert {one["name"] for one in before if one["ended"] is None} == {"later"}
    last = cli("worker", "log", store, "caller/a").out.splitlines()[-1]
    found = re.search(r"key run at ([^\s,]+)", last)
    assert found is not None
    assert abs(dt.datetime.fromisoformat(found[1]).timestamp() - time.time()) < 600


def test_an_oplog_is_followed(store: Path) -> None:
    """What is there at first, what comes later, each once; a call that waits ends later."""
    looks = 0

    class Enough(Exception):
        pass

    @contextmanager
    def look() -> Iterator[Records]:
        nonlocal looks
        looks += 1
        if looks == 2:
            with closing(SqliteEngine(store, retries=FAST)) as engine:
                deploy(engine).call("counter/later", "inc", 1)
        if looks == 3:
            raise Enough
        with stored(str(store)).looking() as records:
            yield records

    written = io.StringIO()
    with pytest.raises(Enough), redirect_stdout(written):
        follow(look, WorkerId("counter", "later"), 100, lambda one: True, often=0.0)

    assert [line.split()[:2] for line in written.getvalue().splitlines()] == [
        ["-", "invoked"],
        ["0", "invoked"],
        ["0.0", "step"],
        ["0", "done"],
    ]


def test_following_prints_nodocument(cli: Cli, store: Path) -> None:
    done = cli("worker", "log", store, "caller/a", "--follow", "--json")
    assert (done.status, "--json does not apply" in done.err) == (2, True)
    assert cli("worker", "log", store, "caller/x", "--follow").status == 2


def test_recent_ephemeral_workers_are_kept(cli: Cli, store: Path) -> None:
    assert cli("worker", "prune", store, "--before", "1d").err == "deleted 0 ephemeral workers\n"
    assert cli("worker", "list", store, "--component", "once").out.count("once/o") == 1


def test_ephemeral_workers_are_pruned(cli: Cli, store: Path) -> None:
    before = cli("worker", "list", store).out.splitlines()

    assert cli("worker", "prune", store).err == "deleted 1 ephemeral worker\n"
    assert cli("worker", "prune", store).err == "deleted 0 ephemeral workers\n"
    after = cli("worker", "list", store).out.splitlines()
    assert {line.split()[0] for line in before} - {line.split()[0] for line in after} == {"once/o"}


def test_keys_are_not_broken_at_narrow_widths(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are copied from there."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    key = "key 0f3a9c1e-5d2b-4a77-9a41-c0ffee123456"

    show_table(("#", "WHAT", "VALUE"), [("12", key, "word " * 40)], color=False)

    assert key in capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "55")
    show_table(("#", "WHAT", "VALUE"), [("12", key, "word " * 40)], color=False)
    drawn = capsys.readouterr().out
    assert (drawn.count("word"), key.split()[1] in drawn) == (40, True)
    monkeypatch.setenv("COLUMNS", "30")
    show_table(("#", "WHAT", "VALUE"), [("12", key, "word " * 40)], color=False)
    drawn = capsys.readouterr().out
    assert (drawn.count("word"), key.split()[1] in drawn) == (40, True)


def test_a_person_gets_a_drawn_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    show_table(("A", "VALUE"), [("[bold]x", "y" * 50), ("\x1b[2J", "z")], color=False)

    drawn = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # bold, where a head is
    assert "\x1b" not in drawn
    assert "\\x1b[2J" in drawn
    assert "─" in drawn
    assert drawn.splitlines()[0].split() == ["A", "VALUE"], "no empty line above or below"
    assert drawn.splitlines()[-1].startswith(
        "\\x1b[2J  z"
    ), "two spaces between columns, none before"
    assert "[bold]x" in drawn, "what guests write is no markup"
    assert drawn.count("y") == 50, "what is too wide is folded"
    assert all(len(line) <= 40 for line in drawn.splitlines())


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON)
def test_documents_are_written_as_json_dumps_writes_them(content: Any) -> None:
    assert json_text(content) == json.dumps(content, indent=2)
