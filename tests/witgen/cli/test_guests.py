"""What guests print, as commands show it: whose it is, and each failure once."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from printing_guest import CRY, NAME, SAY, printer

from runtime_shim import told
from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.errors import InvocationFailed
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
from runtime_shim.told import Sieve
from witgen.cli.common import Talk
from witgen.cli.guests import Guests
from witgen.cli.reporting import spoken

PANIC = """
thread '<unnamed>' (1) panicked at runtime/src/lib.rs:1280:25:
Python function threw an unexpected exception
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
RAISED = """Traceback (most recent call last):
  File "/0/app.py", line 34, in fail
  File "/python/json/__init__.py", line 346, in loads
  File "/1/shared.py", line 2, in decode
json.decoder.JSONDecodeError: line 1 column 2 (char 1)
"""
CUT = """Traceback (most recent call last):
  File "app.py", line 34, in fail
  File "shared.py", line 2, in decode
json.decoder.JSONDecodeError: line 1 column 2 (char 1)
"""
CHAINED = f"""{CUT}
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "app.py", line 44, in fail
  [Previous line repeated 3 more times]
KeyError: 'missing'
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "app.py", line 46, in fail
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: a
    +------------------------------------
"""
LIBRARY = """Traceback (most recent call last):
  File "/python/json/decoder.py", line 361, in raw_decode
ValueError: no frame of the guest's own
"""


MESSAGE = """\
the second line of a message

  one that is indented
and the last
"""


def sifted(text: str) -> tuple[list[str], list[str]]:
    """What is printed, and the traceback that ended the call."""
    sieve = Sieve()
    printed = [one for line in text.splitlines() for one in sieve.line(line)]
    printed += sieve.release()
    return printed, sieve.failure() if sieve.ended else []


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        *((RAISED, CUT), (CHAINED, CHAINED), (GROUP, GROUP), (LIBRARY, LIBRARY), ("", "")),
        (RAISED + MESSAGE, CUT + MESSAGE),
    ],
)
def test_the_end_of_a_call_is_held_and_cut(text: str, cut: str) -> None:
    mounted = re.sub(r'File "(\w+\.py)', r'File "/0/\1', text)
    assert sifted(f"selling\n{mounted}{PANIC}") == (["selling"], cut.splitlines())


def test_what_the_guest_survives_is_printed_as_it_is() -> None:
    text = f"{RAISED}{RAISED}\n  indented\nand on"
    assert sifted(text) == (text.splitlines(), [])


def test_a_panic_of_the_guests_own_is_printed() -> None:
    text = "thread 'main' panicked at src/lib.rs:5:9:\nno more seats"
    assert sifted(text) == (text.splitlines(), [])


def test_lines_after_a_blank_one_do_not_wait() -> None:
    sieve = Sieve()
    assert [sieve.line(line) for line in ("", "", "  a table", "b")] == [
        [],
        [""],
        ["", "  a table"],
        ["b"],
    ]


def test_a_traceback_without_end_is_not_kept_for_ever() -> None:
    sieve = Sieve()
    sieve.line("Traceback (most recent call last):")
    frames = [*range(1000)]
    passed = [one for at in frames for one in sieve.line(f'  File "/0/a.py", line {at}')]
    assert len(passed) > 700
    assert len(sieve.held) <= 200


@given(
    st.lists(
        st.sampled_from([*RAISED.splitlines(), *CHAINED.splitlines(), *GROUP.splitlines(), "", "x"])
    )
)
def test_without_a_panic_nothing_is_lost_or_moved(lines: list[str]) -> None:
    sieve = Sieve()
    passed = [one for line in lines for one in sieve.line(line)]
    assert [*passed, *sieve.release()] == lines


def ended(called: WorkerId | None = None, *, texts: Sequence[str], worker: str = "ann") -> None:
    """Calls of a worker, of which those that panic fail."""
    retries = RetryPolicies(RetryPolicy(min_delay=0.25, max_delay=0.25, jitter=0.0))
    components = {NAME: Deployment(printer())}
    with (
        spoken(Talk("text", color=False), called) as output,
        Host(engine=MemoryEngine(retries=retries), components=components, output=output) as host,
    ):
        for text in texts:
            if "panicked" not in text:
                host.invoke(NAME, worker, SAY, (text,))
                continue
            with pytest.raises(InvocationFailed):
                host.invoke(NAME, worker, CRY, (text,))


def test_a_failure_is_one_line_under_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    ended(texts=["selling\n", f"adding\n{RAISED}{PANIC}"])
    raised = "json.decoder.JSONDecodeError: line 1 column 2 (char 1)"
    failure = f"{NAME}/ann at api.{{cry}}"
    assert capsys.readouterr().err.splitlines() == [
        f"[{NAME}/ann] selling",
        f"[{NAME}/ann] adding",
        *(f"[{NAME}/ann] {line}" for line in CUT.splitlines()),
        f"warning: {failure}: {raised}; attempt 2 of 3 in 0.25 s",
        f"[{NAME}/ann] adding",
        f"warning: {failure}: same error; attempt 3 of 3 in 0.25 s",
        f"[{NAME}/ann] adding",
        f"error: {failure}: {raised}",
    ]


def test_the_worker_that_is_called_has_no_label_and_its_failure_is_the_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended(WorkerId(NAME, "ann"), texts=["selling\n", f"{RAISED}{PANIC}"])
    lines = capsys.readouterr().err.splitlines()
    assert lines[: 1 + len(CUT.splitlines())] == ["selling", *CUT.splitlines()]
    assert [line.partition(":")[0] for line in lines[1 + len(CUT.splitlines()) :]] == [
        "warning"
    ] * 2


def test_a_message_of_several_lines_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    ended(texts=[f"{RAISED}{MESSAGE}{PANIC}"])
    said = capsys.readouterr().err
    assert [said.count(line) for line in ("Traceback", "the second line", "and the last")] == [
        1
    ] * 3
    assert "same error; attempt 3" in said
    assert "/python/json" not in said


def test_an_exception_that_the_guest_survives_is_printed_soon(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "_PATIENCE", 0.01)
    guests, worker = Guests(Talk("text", color=False)), WorkerId("shop:cart", "ann")
    text = f"{RAISED}{MESSAGE}"
    guests(worker, text.encode())
    said, end = "", time.monotonic() + 60
    while "and the last" not in said and time.monotonic() < end:
        said += capsys.readouterr().err
        time.sleep(0.01)
    assert [line.removeprefix("[shop:cart/ann]").lstrip() for line in said.splitlines()] == [
        line.lstrip() for line in text.splitlines()
    ]
    guests(worker, b"")
    assert capsys.readouterr().err == ""


def test_another_failure_is_not_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    guests, worker = Guests(Talk("text", color=False)), WorkerId("shop:cart", "ann")
    for line in (f"{RAISED}{PANIC}").splitlines():
        guests(worker, f"{line}\n".encode())
    guests(worker, b"")
    assert not guests.failed(worker, "A", first=True, last=False)
    assert not guests.failed(worker, "B", first=False, last=False), "another message"
    assert guests.failed(worker, "B", first=False, last=False)
    assert not guests.failed(WorkerId("shop:cart", "bob"), "B", first=False, last=False)
    assert not guests.failed(worker, "B", first=True, last=False), "another call"
    assert guests.failed(worker, "B", first=False, last=True)
    assert not guests.failed(worker, "B", first=False, last=False), "the call is over"
    assert capsys.readouterr().err.count("Traceback") == 1


def test_labels_have_colours_where_there_are_some(capsys: pytest.CaptureFixture[str]) -> None:
    for color in (True, False):
        guests = Guests(Talk("text", color=color))
        guests(WorkerId("shop:cart", "ann"), b"\x1b[31mred\n")
    colored, plain = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"\x1b\[3\dm\[shop:cart/ann\]\x1b\[0m \x1b\[31mred\x1b\[0m", colored)
    assert plain == "[shop:cart/ann] red"


@pytest.mark.parametrize("quiet", [False, True])
def test_a_failure_is_told_once_beside_a_document_for_machines(
    capsys: pytest.CaptureFixture[str], *, quiet: bool
) -> None:
    components = {NAME: Deployment(printer())}
    policy = RetryPolicies(RetryPolicy(max_attempts=3, min_delay=0.0, max_delay=0.0))
    talk = Talk("json", color=False, quiet=quiet)
    with (
        spoken(talk) as guests,
        Host(engine=MemoryEngine(retries=policy), components=components, output=guests) as host,
    ):
        host.invoke(NAME, "w", SAY, ("one",))
        with pytest.raises(InvocationFailed):
            host.invoke(NAME, "w", CRY, (f"{RAISED}{PANIC}",))
    said = [line.removeprefix(f"[{NAME}/w] ") for line in capsys.readouterr().err.splitlines()]
    assert said == ["one", *CUT.splitlines()]


def test_what_nobody_reported_is_told_before_the_next_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    guests, worker = Guests(Talk("text", color=False)), WorkerId("shop:cart", "ann")
    for line in (*f"{RAISED}{PANIC}".encode().splitlines(keepends=True), b"", b"next\n"):
        guests(worker, line)
    said = capsys.readouterr().err.splitlines()
    assert [line.removeprefix("[shop:cart/ann] ") for line in said] == [*CUT.splitlines(), "next"]


def test_other_records_are_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("runtime_shim")
    with spoken(Talk("text", color=False)):
        log.info("compiling %s, once", "shop:cart")
        log.warning("%s: it is put off: %s", WorkerId("shop:cart", "ann"), "no memory")
    assert capsys.readouterr().err.splitlines() == [
        "compiling shop:cart, once",
        "warning: shop:cart/ann: it is put off: no memory",
    ]


def test_a_call_that_fails_names_worker_and_function(tmp_path: Path) -> None:
    """The whole of it, as the shell shows it."""

    (tmp_path / "printer.wasm").write_bytes(printer())
    text = f"{RAISED}{PANIC}".replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    command = [sys.executable, "-m", "witgen", "run", "printer.wasm", CRY, f'"{text}"']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    raised = "json.decoder.JSONDecodeError: line 1 column 2 (char 1)"
    assert (done.returncode, done.stdout) == (1, "")
    assert lines[: len(CUT.splitlines())] == CUT.splitlines()
    assert lines[-1] == f"error[RUN5007]: {NAME}/default at api.{{cry}}: {raised}"
    assert len(lines) == len(CUT.splitlines()) + 3


def test_words_are_whole_in_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Talk, "width", 60)
    raised = RAISED.rstrip() + " that cannot be read since it has no article and no price\n"
    ended(WorkerId(NAME, "ann"), texts=[f"{raised}{PANIC}"])
    lines = capsys.readouterr().err.splitlines()
    assert lines[3:5] == [
        "json.decoder.JSONDecodeError: line 1 column 2 (char 1) that",
        "    cannot be read since it has no article and no price",
    ]
    assert max(map(len, lines)) <= 60
    assert " ".join(line.strip() for line in lines).count("(char 1) that cannot be read") == 2
