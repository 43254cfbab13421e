"""A caller records the same, however its client is bound."""

from __future__ import annotations

from pathlib import Path

import pytest

import witgen
from runtime_shim.engines.sqlite import inspection
from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.engines.sqlite.stored import SqliteFile
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.update import built, update

CALLER = WorkerId("test:caller", "c")
CALLS = (
    ("tour", ("w",)),
    ("resources", ("w",)),
    ("keep", ("w",)),
    ("keep", ("w",)),
    ("schedule", ("w", 1, 0, False)),
    ("schedule", ("w", 1, 3_600_000, True)),
    ("loop", ("w", 3)),
    ("gather", ("w",)),
    ("parallel", (2, 1)),
)


@pytest.fixture(scope="module")
def composed(caller: bytes) -> bytes:
    """The caller with the client of `test:counters` in it."""
    target = witgen.load(Path(__file__).parents[1] / "guests" / "counters" / "wit")
    return witgen.compose(caller, [witgen.native_client(witgen.client(target))])


@pytest.mark.parametrize("way", ["to static", "to dynamic"])
def test_an_update_from_one_to_the_other_passes(
    tmp_path: Path, caller: bytes, composed: bytes, counters: bytes, way: str
) -> None:
    store = tmp_path / "store.db"
    first, second = (caller, composed) if way == "to static" else (composed, caller)

    def components(own: bytes) -> dict[str, Deployment]:
        return {"test:caller": Deployment(own), "test:counters": Deployment(counters)}

    with Host(engine=SqliteEngine(store), components=components(first)) as host:
        said = [host.invoke(*CALLER, function, args) for function, args in CALLS]
        host.drain()
    program = built(components(second), "test:caller")
    [verdict] = update(SqliteFile(store), "test:caller", program)
    assert verdict.problem is None
    with Host(engine=SqliteEngine(store), components=components(second)) as host:
        assert host.invoke(*CALLER, "keep", ("w",)) == said[3] + 1
    assert len(list(inspection.log(store, CALLER))) == len(CALLS) + 1
