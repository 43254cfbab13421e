"""A store has one owner, by whatever name it is opened, and says so when its file is taken away."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from engine_guests import FAST, Host

from runtime_shim.engines.sqlite import inspection, ownership
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.ownership import Ownership, owned
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId

SUPPORT = Path(__file__).parents[3] / "support"
OWNER = """
import os, signal, sys
from pathlib import Path
from engine_guests import FAST, Host
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.errors import StoreError
from runtime_shim.protocol.ids import WorkerId

def say(text):
    print(text, flush=True)

store = Path(sys.argv[1])
engine = SqliteEngine(store, retries=FAST)
host = Host(engine).deploy()
say(host.call("counter/a", "inc", 1, key="first"))
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@contextmanager
def opened(store: Path) -> Iterator[Host]:
    with closing(SqliteEngine(store, retries=FAST)) as engine:
        yield Host(engine).deploy()


@contextmanager
def owner(store: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the store, waits for a line, and goes on with `more`."""
    program = OWNER + "\n".join(("sys.stdin.readline()", *more))
    with subprocess.Popen(
        [sys.executable, "-c", program, str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "1\n"
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str], tell: str | None = None) -> str:
    """The next line that the process says, after it was told to go on."""
    assert process.stdin is not None
    assert process.stdout is not None
    if tell is not None:
        process.stdin.write(tell + "\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


def symlink(store: Path) -> Path:
    other = store.with_name("symlink.db")
    other.symlink_to(store)
    return other


def hard_link(store: Path) -> Path:
    other = store.with_name("hard.db")
    other.hardlink_to(store)
    return other


def without_lock_file(store: Path) -> Path:
    store.with_name(store.name + "-lock").unlink(missing_ok=True)
    return store


def another_spelling(store: Path) -> Path:
    (store.parent / "sub").mkdir()
    return store.parent / "sub" / ".." / store.name


NAMES = [symlink, hard_link, without_lock_file, another_spelling]


class TestOneOwner:
    @pytest.mark.parametrize("name", NAMES)
    def test_another_process_is_refused(self, store: Path, name: Callable[[Path], Path]) -> None:
        with owner(store), pytest.raises(StoreError, match=r"by another process|has 2 names"):
            SqliteEngine(name(store))

    @pytest.mark.parametrize("name", NAMES)
    def test_the_same_process_is_refused_without_opening(
        self, store: Path, name: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with opened(store) as host:
            other = name(store)
            with monkeypatch.context() as patch:
                patch.setattr(os, "open", lambda *args: pytest.fail("a descriptor was opened"))
                with pytest.raises(StoreError, match="in use by this process"):
                    SqliteEngine(other)
            if name is hard_link:
                other.unlink()
            assert host.call("counter/a", "inc", 1) == 1
        with opened(store) as host:
            assert host.call("counter/a", "inc", 1, key="later") == 2

    def test_a_bind_mount_is_refused(self, store: Path) -> None:
        mounted = store.parent / "mounted"
        mounted.mkdir()
        done = subprocess.run(
            ["mount", "--bind", store.parent, mounted], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("mounting is not permitted here")
        try:
            with owner(store), pytest.raises(StoreError, match="in use by another process"):
                SqliteEngine(mounted / store.name)
            with opened(store), pytest.raises(StoreError, match="in use by this process"):
                SqliteEngine(mounted / store.name)
        finally:
            subprocess.run(["umount", mounted], check=True)

    def test_a_file_that_moves_while_it_is_opened_is_refused_and_left_open(
        self, store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = store.with_name("other.db")
        with opened(store) as host:
            real = os.open

            def moved(path: str | Path, *args: int) -> int:
                hidden = store.with_name("hidden.db")
                store.rename(hidden)
                hidden.rename(other)
                found = real(path, *args)
                other.rename(store)
                return found

            with monkeypatch.context() as patch:
                patch.setattr(os, "open", moved)
                patch.setattr(os, "close", lambda descriptor: pytest.fail("closed: locks are lost"))
                with pytest.raises(StoreError, match="in use by this process"):
                    SqliteEngine(other)
            assert host.call("counter/a", "inc", 1) == 1
        assert not owned(store)

    def test_a_second_name_is_refused(self, store: Path) -> None:
        with opened(store):
            pass
        other = hard_link(store)
        with pytest.raises(StoreError, match="has 2 names") as refused:
            SqliteEngine(store)
        assert refused.value.advice
        other.unlink()
        with opened(store):
            pass

    @pytest.mark.parametrize("kind", ["folder", "fifo"])
    def test_what_is_not_a_file_is_refused(self, store: Path, kind: str) -> None:
        if kind == "folder":
            store.mkdir()
        else:
            os.mkfifo(store)
        with pytest.raises(StoreError):
            SqliteEngine(store)
        assert not owned(store)

    def test_a_released_store_may_be_owned_again(self, store: Path) -> None:
        first = Ownership(store)
        first.release()
        first.release()
        second = Ownership(store)
        first.release()
        with pytest.raises(StoreError, match="in use by this process"):
            Ownership(store)
        second.release()


def test_sqlite_keeps_its_locks_after_a_refusal(store: Path) -> None:
    """Another program that opens and closes the file must not take it for unused."""
    more = (
        "try: SqliteEngine(store)",
        "except StoreError as error: say(error)",
        "sys.stdin.readline()",
        'say(host.call("counter/a", "inc", 1, key="second"))',
        "sys.stdin.readline()",
    )
    with owner(store, *more) as process:
        assert "in use by this process" in line(process, "refuse")
        foreign = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]).fetchone(); c.close()"
        query = "SELECT count(*) FROM invocation"
        subprocess.run([sys.executable, "-c", foreign, str(store), query], check=True)
        assert line(process, "write") == "2"
        process.kill()
        process.wait()
    with opened(store) as host:
        assert host.call("counter/a", "inc", 1, key="second") == 2
        assert host.call("counter/a", "inc", 1, key="third") == 3


def renamed(store: Path) -> None:
    store.rename(store.with_name("elsewhere.db"))


def removed(store: Path) -> None:
    store.unlink()


def replaced(store: Path) -> None:
    copy = store.with_name("copy.db")
    copy.write_bytes(b"")
    copy.replace(store)


def linked(store: Path) -> None:
    hard_link(store)


def without_log(store: Path) -> None:
    store.with_name(store.name + "-wal").unlink()


def other_log(store: Path) -> None:
    log = store.with_name(store.name + "-wal")
    log.with_name("x").write_bytes(log.read_bytes())
    log.with_name("x").replace(log)


@pytest.fixture(params=["statx", "forbidden"])
def _marks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As some sandboxes do, forbid the call that sees to a file's names quickly."""
    if request.param == "forbidden":
        library = SimpleNamespace(statx=lambda *arguments: -1)
        buffer = ctypes.create_string_buffer
        found = SimpleNamespace(PyDLL=lambda name: library, create_string_buffer=buffer)
        monkeypatch.setattr(ownership, "ctypes", found)


@pytest.mark.usefixtures("_marks")
class TestNothingIsAcknowledged:
    @pytest.mark.parametrize(
        "happens", [renamed, removed, replaced, linked, without_log, other_log]
    )
    def test_when_the_file_is_not_the_one_that_is_open(
        self, store: Path, happens: Callable[[Path], None]
    ) -> None:
        engine = SqliteEngine(store, retries=FAST)
        host = Host(engine).deploy()
        assert host.call("counter/a", "inc", 1) == 1
        happens(store)
        for _ in range(2):
            with pytest.raises(StoreError, match="nothing more is acknowledged"):
                host.call("counter/a", "inc", 1)
        with pytest.raises(StoreError, match="nothing more is acknowledged"):
            engine.close()
        assert not owned(store)


@pytest.mark.parametrize("happens", [renamed, removed, replaced])
def test_what_is_written_while_the_file_is_taken_away_is_not_acknowledged(
    store: Path, happens: Callable[[Path], None]
) -> None:
    armed: list[Callable[[Path], None]] = []

    def gate(stage: str) -> None:
        if stage == "within" and armed:
            armed.pop()(store)

    engine = SqliteEngine(store, retries=FAST, gate=gate)
    host = Host(engine).deploy()
    assert host.call("counter/a", "inc", 1) == 1
    armed.append(happens)
    with pytest.raises(StoreError, match="nothing more is acknowledged"):
        host.call("counter/a", "inc", 1)
    with pytest.raises(StoreError):
        engine.close()


class TestReadOnly:
    """A look needs nothing but to read, and sees what only the write-ahead log has."""

    @pytest.fixture
    def frozen(self, store: Path) -> Iterator[Path]:
        """A store that was copied while it was in use, on a medium that cannot be written."""
        medium = store.parent / "medium"
        medium.mkdir()
        with opened(store) as host:
            host.call("counter/a", "inc", 1, key="first")
            for suffix in ("", "-wal"):
                (medium / ("s.db" + suffix)).write_bytes(
                    subprocess.run(
                        ["cat", str(store) + suffix], capture_output=True, check=True
                    ).stdout
                )
        for command in (
            ["mount", "--bind", str(medium), str(medium)],
            ["mount", "-o", "remount,ro,bind", str(medium)],
        ):
            if subprocess.run(command, capture_output=True, check=False).returncode:
                subprocess.run(["umount", str(medium)], capture_output=True, check=False)
                pytest.skip("mounting is not permitted here")
        try:
            yield medium / "s.db"
        finally:
            subprocess.run(["umount", str(medium)], check=True)

    def test_the_log_is_read_as_well(self, frozen: Path) -> None:
        [info] = inspection.workers(frozen)
        assert (info.worker, info.invocations) == (WorkerId("counter", "a"), 1)
        [call] = inspection.log(frozen, info.worker)
        assert call.key == "first"

    def test_a_repair_is_refused(self, frozen: Path) -> None:
        with pytest.raises(StoreError, match="Read-only"):
            inspection.revive(frozen, WorkerId("counter", "a"))


class TestFork:
    FORK = (
        "child = os.fork()",
        "if not child:",
        '    first = WorkerId("counter", "a"), "first"',
        '    for act in (lambda: host.call("counter/a", "inc", 1), lambda: engine.status(*first),',
        "                lambda: engine.cancel(*first), engine.drain):",
        "        try: say(f'no: {act()}')",
        "        except StoreError as error: pass",
        "    engine.close()",
        "    say('refused')",
        "    sys.stdin.readline()",
        "    sys.exit()",
    )

    def test_the_child_refuses_and_the_parent_goes_on(self, store: Path) -> None:
        more = (*self.FORK, "os.waitpid(child, 0)", 'say(host.call("counter/a", "inc", 1))')
        with owner(store, *more) as process:
            assert line(process, "fork") == "refused"
            assert line(process, "end") == "2"

    def test_the_child_holds_nothing_when_the_parent_has_died(self, store: Path) -> None:
        more = (*self.FORK, "os.kill(os.getpid(), signal.SIGKILL)")
        with owner(store, *more) as process:
            assert line(process, "fork") == "refused"
            process.wait()
            with opened(store) as host:  # while the child still runs
                assert host.call("counter/a", "inc", 1, key="first") == 1
                assert line(process, "end") == ""  # the child ends
                assert host.call("counter/a", "inc", 1, key="later") == 2
        with closing(sqlite3.connect(store)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
