"""Granted folders: confined to them, and recorded, so that a rebuilt worker touches nothing again."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime_shim.boundary.compile import EngineOptions, engine
from runtime_shim.boundary.context import Context
from runtime_shim.engines.sqlite import inspection as inspect
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.values import Case, Err, Ok
from runtime_shim.wasi import streams
from runtime_shim.wasi.files import operations as files
from runtime_shim.wasi.files.paths import located
from runtime_shim.wasi.grants import Directory, Grants

FOLLOW, NOTHING = frozenset({"symlink-follow"}), frozenset[str]()
READ, WRITE = frozenset({"read"}), frozenset({"read", "write"})


class Invocation:
    """Records; or answers from what is recorded."""

    def __init__(self, past: list[Any] | None = None) -> None:
        self.past = list(past or [])
        self.log: list[tuple[str, Any]] = []
        self.external: list[str] = []

    def step(self, kind: str, live: Callable[[], Any], *, external: bool = False) -> Any:
        if self.past:
            recorded, value = self.past.pop(0)
            assert recorded == kind
        else:
            value = live()
            if external:
                self.external.append(kind)
        self.log.append((kind, value))
        return value


class Guest:
    """Calls the host functions as a guest does."""

    def __init__(self, *granted: Directory, past: list[Any] | None = None) -> None:
        self.context = Context(WorkerId("c", "w"), Environment(), engine(EngineOptions()))
        invocation: Any = Invocation(past)
        self.invocation = self.context.invocation = invocation
        self.functions = files.functions(granted) | streams.functions()

    def __call__(self, name: str, *args: Any) -> Any:
        prefix = "[method]descriptor." if f"[method]descriptor.{name}" in self.functions else ""
        return self.functions[prefix + name].run(self.context, *args)

    def root(self, number: int = 0) -> Any:
        return self("get-directories")[number][0]

    def open(self, path: str, flags: frozenset[str] = READ, how: frozenset[str] = NOTHING) -> Any:
        return self("open-at", self.root(), FOLLOW, path, how, flags)


@pytest.fixture
def granted(tmp_path: Path) -> Directory:
    """A folder with a file, a folder and links, beside a secret."""
    folder = tmp_path / "granted"
    (folder / "sub").mkdir(parents=True)
    (folder / "file").write_text("content")
    (folder / "sub" / "inner").write_text("inner")
    (tmp_path / "secret").write_text("secret")
    (folder / "good").symlink_to("sub/inner")
    (folder / "sub" / "up").symlink_to("../file")
    (folder / "out").symlink_to("../secret")
    (folder / "away").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to("loop")
    (folder / "down").symlink_to("sub")
    os.mkfifo(folder / "pipe")
    return Directory(str(folder), "/data", writable=True)


class TestConfined:
    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("../secret", "not-permitted"),
            ("sub/../../secret", "not-permitted"),
            ("/etc/passwd", "not-permitted"),
            ("/data/file", "not-permitted"),
            ("out", "not-permitted"),
            ("away", "not-permitted"),
            ("sub/../out", "not-permitted"),
            ("loop", "loop"),
            ("pipe", "not-permitted"),
            ("missing", "no-entry"),
            ("missing/file", "no-entry"),
            ("file/x", "not-directory"),
            ("", "no-entry"),
            ("a\0b", "invalid"),
            ("a" * 300, "name-too-long"),
            ("sub/" * 2000, "name-too-long"),
            ("\ud800", "illegal-byte-sequence"),
        ],
    )
    def test_what_is_not_opened(self, granted: Directory, path: str, code: str) -> None:
        assert Guest(granted).open(path) == Err(code)

    @pytest.mark.parametrize(
        ("path", "parts"),
        [
            ("file", ("file",)),
            ("./sub//inner", ("sub", "inner")),
            ("sub/../file", ("file",)),
            ("good", ("sub", "inner")),
            ("down/inner", ("sub", "inner")),
            ("sub/up", ("file",)),
            (".", ()),
            ("sub/..", ()),
        ],
    )
    def test_what_is_opened(self, granted: Directory, path: str, parts: tuple[str, ...]) -> None:
        opened = Guest(granted).open(path)
        assert opened.value.parts == parts

    def test_a_folder_confines_what_is_opened_below_it(self, granted: Directory) -> None:
        guest = Guest(granted)
        folder = guest.open("sub").value
        assert guest("open-at", folder, FOLLOW, "../file", NOTHING, READ) == Err("not-permitted")
        assert guest("open-at", folder, FOLLOW, "up", NOTHING, READ) == Err("not-permitted")
        assert guest("open-at", folder, FOLLOW, "inner", NOTHING, READ) == guest.open("sub/inner")

    def test_links_are_not_followed_unless_asked(self, granted: Directory) -> None:
        guest = Guest(granted)
        assert guest("open-at", guest.root(), NOTHING, "good", NOTHING, READ) == Err("loop")
        assert guest("stat-at", guest.root(), NOTHING, "out").value["type"] == "symbolic-link"
        assert guest("stat-at", guest.root(), FOLLOW, "out") == Err("not-permitted")
        assert guest("readlink-at", guest.root(), "good") == Ok("sub/inner")
        assert guest("symlink-at", guest.root(), "../secret", "mine") == Err("not-permitted")

    def test_a_folder_that_turns_into_a_link_is_not_followed(self, granted: Directory) -> None:
        guest, outside = Guest(granted), Path(granted.host).parent
        folder = guest.open("sub").value
        inner = guest.open("sub/inner").value
        (Path(granted.host) / "sub").rename(outside / "moved")
        (Path(granted.host) / "sub").symlink_to("../moved")
        assert guest("read", inner, 10, 0) == Err("not-directory")
        assert guest("read-directory", folder) == Err("loop")

    def test_links_that_change_meanwhile(self, granted: Directory, tmp_path: Path) -> None:
        """A guest's neighbour swaps a folder and a link out of the grant, as fast as it can."""
        root, stop = Path(granted.host), threading.Event()
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "inner").write_text("secret")

        def swap() -> None:
            while not stop.is_set():
                (root / "sub").rename(root / "aside")
                (root / "sub").symlink_to("../outside")
                (root / "sub").unlink()
                (root / "aside").rename(root / "sub")
                time.sleep(0.002)

        thread = threading.Thread(target=swap)
        thread.start()
        guest, read = Guest(granted), set[str]()
        end = time.monotonic() + 20
        for number in itertools.count():
            if number >= 60 and any("inner" in said for said in read):
                break
            assert time.monotonic() < end, "the folder was never found in its place"
            opened = guest.open("sub/inner")
            if isinstance(opened, Ok):
                read.add(repr(guest("read", opened.value, 10, 0)))
        stop.set()
        thread.join()
        assert not [said for said in read if "secret" in said]

    def test_nothing_stays_open(self, granted: Directory, tmp_path: Path) -> None:
        def opened() -> list[str]:
            """What this process has open of the test's; others' may be closed at any time."""
            links = []
            for path in Path("/proc/self/fd").iterdir():
                with contextlib.suppress(FileNotFoundError):  # that of the listing itself
                    links.append(str(path.readlink()))
            return [link for link in links if link.startswith(str(tmp_path))]

        guest = Guest(granted)
        for path in ("sub/inner", "loop", "../secret", "pipe", "missing/x", "file/x"):
            guest.open(path)
        assert not opened()
        with located(granted.host, (), "file", follow=True):
            assert opened(), "it would be seen"
        with pytest.raises(RuntimeError), located(granted.host, (), "file", follow=True):
            raise RuntimeError
        assert not opened()

    def test_a_folder_to_read_from(self, granted: Directory) -> None:
        guest = Guest(Directory(granted.host, "/data"))
        root, file = guest.root(), guest.open("file").value
        denied = [
            guest.open("new", WRITE, frozenset({"create"})),
            guest.open("file", WRITE),
            guest.open("file", WRITE, frozenset({"truncate"})),
            guest("create-directory-at", root, "new"),
            guest("remove-directory-at", root, "sub"),
            guest("unlink-file-at", root, "file"),
            guest("rename-at", root, "file", root, "new"),
            guest("link-at", root, NOTHING, "file", root, "new"),
            guest("set-times-at", root, NOTHING, "file", Case("now"), Case("now")),
        ]
        assert denied == [Err("not-permitted")] * len(denied)
        assert guest("write", file, b"x", 0) == Err("bad-descriptor")
        assert guest("set-size", file, 0) == Err("bad-descriptor")
        assert guest("read", file, 100, 0) == Ok((b"content", False))
        assert not (Path(granted.host) / "new").exists()

    def test_places_beyond_what_the_system_counts(self, granted: Directory) -> None:
        guest = Guest(granted)
        file = guest.open("file", WRITE).value
        huge = 2**64 - 1
        assert guest("read", file, 1, huge) == Err("invalid")
        assert guest("write", file, b"x", huge) == Err("invalid")
        assert guest("set-size", file, huge) == Err("invalid")
        moment = Case("timestamp", {"seconds": huge, "nanoseconds": 0})
        assert guest("set-times", file, moment, Case("no-change")) == Err("invalid")
        assert guest("read", file, huge, 0) == Ok((b"content", False))

    def test_a_name_that_is_no_text(self, granted: Directory) -> None:
        Path(os.fsdecode(os.fsencode(granted.host) + b"/\xff")).write_text("")
        guest = Guest(granted)
        assert guest("read-directory", guest.root()) == Err("illegal-byte-sequence")


class TestRecorded:
    def test_a_replay_touches_nothing(self, granted: Directory) -> None:
        def session(guest: Guest) -> list[Any]:
            root = guest.root()
            file = guest.open("new", WRITE, frozenset({"create"})).value
            listing = guest("read-directory", root).value
            reading = guest("read-via-stream", file, 0).value
            writing = guest("write-via-stream", file, 2).value
            return [
                guest("write", file, b"abc", 0),
                guest("[method]output-stream.write", writing, b"XYZ"),
                guest("[method]input-stream.read", reading, 3),
                guest("[method]input-stream.read", reading, 30),
                guest("[method]input-stream.read", reading, 30),
                guest("stat", file),
                guest("metadata-hash", file),
                guest("create-directory-at", root, "made"),
                guest("create-directory-at", root, "made"),
                [guest("[method]directory-entry-stream.read-directory-entry", listing)] * 2,
                guest("unlink-file-at", root, "new"),
                guest("stat", file),
            ]

        first = Guest(granted)
        said = session(first)
        assert said[1:5] == [Ok(), Ok(b"abX"), Ok(b"YZ"), Err(Case("closed"))]
        assert said[8] == Err("exist")
        assert said[-1] == Err("no-entry"), "what was removed is gone"
        again = Guest(past=first.invocation.log)
        assert session(again) == said, "also when nothing is granted any more"
        assert again.invocation.past == []
        gone = again("create-directory-at", first.root(), "more")
        assert gone == Err("access")

    def test_writing_waits_for_the_journal_and_reading_does_not(self, granted: Directory) -> None:
        guest = Guest(granted)
        file = guest.open("file", WRITE).value
        guest("read", file, 1, 0)
        guest("write", file, b"x", 0)
        assert [kind.split()[1] for kind in guest.invocation.external] == ["open-at", "write"]


Start = Callable[..., Host]


@pytest.fixture
def start(tmp_path: Path, caller: bytes) -> Iterator[Start]:
    hosts: list[Host] = []

    def run(*granted: Directory, store: str = "s.db") -> Host:
        retries = RetryPolicies(RetryPolicy(min_delay=0.001, max_delay=0.001))
        components = {"test:caller": Deployment(caller, grants=Grants(directories=granted))}
        host = Host(
            engine=SqliteEngine(tmp_path / store, retries=retries),
            components=components,
            output=lambda worker, line: printed.append(line),
        )
        hosts.append(host)
        return host

    printed: list[bytes] = []
    yield run
    for host in hosts:
        host.close()


class TestPython:
    """CPython and its C library on top of it."""

    def test_everyday_work(self, start: Start, granted: Directory) -> None:
        host = start(granted)

        def do(action: str, path: str, text: str = "") -> str:
            return str(host.invoke("test:caller", "f", "file", (action, f"/data/{path}", text)))

        assert do("read", "file") == "content"
        assert do("write", "new", "héllo") == "5"
        assert do("append", "new", "!") == "1"
        assert do("read", "new") == "héllo!"
        assert do("size", "new") == "7"
        assert do("truncate", "new", "3") == "None"
        assert do("read", "new") == "hé"
        assert do("mkdir", "made") == "None"
        assert do("mkdir", "made") == "FileExistsError"
        assert do("kind", "made") == "(True, False)"
        do("rename", "new", "/data/made/moved")
        assert do("list", "made") == "['moved']"
        assert do("rmdir", "made") == "OSError"
        assert do("unlink", "made/moved") == "None"
        assert do("rmdir", "made") == "None"
        do("hardlink", "file", "/data/twin")
        assert do("read", "twin") == "content"
        assert do("touch", "twin") == "None"
        assert do("mtime", "twin") == "7.0"
        assert do("readlink", "good") == "sub/inner"
        assert do("read", "good") == "inner"
        for path in ("out", "away", "../secret"):
            assert do("read", path) in {"PermissionError", "FileNotFoundError", "OSError"}
        assert do("symlink", "mine", "file") == "PermissionError"
        assert do("read", "missing") == "FileNotFoundError"

    def test_a_rebuilt_worker_writes_nothing_again(
        self, start: Start, granted: Directory, tmp_path: Path
    ) -> None:
        host = start(granted)
        log = Path(granted.host) / "log"

        def do(action: str, text: str = "") -> str:
            return str(host.invoke("test:caller", "f", "file", (action, "/data/log", text)))

        assert do("hold") == "None"
        assert do("more", "one ") == "one "
        host.close()
        log.write_text("ONE ")
        host = start(granted)
        assert do("more", "two ") == "ONE two ", "the open file is still open"
        assert log.read_text() == "ONE two "
        host.close()
        steps = [
            kind
            for one in inspect.log(tmp_path / "s.db", WorkerId("test:caller", "f"))
            for kind, _ in one.steps
        ]
        assert [k.split()[3:5] for k in steps if " write " in k] == [["0", "4"], ["4", "4"]]

    def test_without_a_grant_there_is_no_folder(self, start: Start, granted: Directory) -> None:
        host = start()
        said = host.invoke("test:caller", "f", "file", ("read", granted.host + "/file", ""))
        assert said in {"FileNotFoundError", "PermissionError", "OSError"}
