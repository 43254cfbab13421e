"""`witgen worker check`, `backup` and `migrate`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from engine_guests import FAST, Host

from runtime_shim.engines.sqlite.engine import SqliteEngine

Cli = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "s.db"
    with closing(SqliteEngine(path, retries=FAST)) as engine:
        host = Host(engine).deploy()
        for _ in range(3):
            host.call("counter/c", "inc", 1)
    return path


def damage(store: Path, statement: str) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_whole_store(cli: Cli, store: Path) -> None:
    done = cli("worker", "check", store)

    assert (done.status, done.out) == (0, "")
    assert done.err.endswith("s.db: nothing is damaged\n")


def test_every_finding_is_reported(cli: Cli, store: Path) -> None:
    damage(store, "UPDATE invocation SET attempt = 7 WHERE seq = 0")
    damage(store, "INSERT INTO oplog VALUES (2, 0, 'x', x'4e', 0)")
    done = cli("worker", "check", store, "--error-format", "json")

    found = json.loads(done.err)["diagnostics"]
    assert done.status == 1
    assert {one["code"] for one in found} == {"RUN5009"}
    messages = [one["message"] for one in found]
    assert any(m.endswith("it does not match its checksum") for m in messages)
    assert "invocation 2: its steps are not those that it counts" in messages


def test_a_store_that_is_damaged_all_over_has_an_end(cli: Cli, store: Path) -> None:
    damage(
        store,
        "INSERT INTO oplog WITH RECURSIVE n (i) AS "
        "(SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
        "SELECT 1000 + i, 0, 'x', x'4e', 0 FROM n",
    )
    done = cli("worker", "check", store)

    assert done.status == 1
    assert done.err.count("error[RUN5009]") == 1000
    assert "only the first 1000 findings are shown" in done.err


@pytest.mark.parametrize("content", [None, "text"])
def test_what_cannot_be_checked(cli: Cli, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "s.db").write_text(content, encoding="utf-8")

    for command in (("check",), ("backup", tmp_path / "copy.db")):
        done = cli("worker", command[0], tmp_path / "s.db", *command[1:])
        assert done.status == 2
        assert "s.db" in done.err
    assert not (tmp_path / "copy.db").exists()


def test_a_backup(cli: Cli, store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    done = cli("worker", "backup", store, copy)
    assert (done.status, done.out) == (0, "")
    assert cli("worker", "log", copy, "counter/c").out == (
        cli("worker", "log", store, "counter/c").out
    )

    again = cli("worker", "backup", store, copy)
    assert again.status == 2
    assert "--force replaces it" in again.err
    assert cli("worker", "backup", store, copy, "--force").status == 0


def test_a_store_of_an_earlier_version_is_migrated(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    recorded = Path(__file__).parents[2] / "runtime_shim/stores/format-2-unfinished.sql"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(recorded.read_text("utf-8"))
    refused = cli("worker", "list", path)
    done, again = (cli("worker", "migrate", path) for _ in range(2))

    assert refused.status == 2
    assert "format 2" in refused.err
    assert f"`witgen worker migrate {path}`" in refused.err.replace("\n", " ")
    assert (done.status, again.status) == (0, 0)
    assert done.err.splitlines()[-1].endswith("old.db.format-2 is as it was")
    assert again.err.endswith("is a store of format 3 already\n")
    assert "half" in cli("worker", "show", path, "g/p").out
    assert cli("worker", "migrate", tmp_path / "none.db").status == 2
