"""Workers in JavaScript, C and Rust, made by other toolchains, go on as if they had never been away."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from snapshot_guests import Worker, deployed
from toolchain_guests import a_call, toolchain_guest

from runtime_shim.values import Handle, Value

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("snapshots")]


@pytest.mark.parametrize(("language", "programs"), [("javascript", 40), ("c", 20), ("rust", 20)])
def test_guests_of_other_toolchains_go_on(language: str, programs: int, tmp_path: Path) -> None:
    program = deployed(toolchain_guest(language, tmp_path), "snap:kit")
    assert program.parts
    for seed in range(programs):
        chance = random.Random(seed)  # noqa: S311 -- the same each time
        worker = Worker(program)
        cells: list[Value] = []
        other, restored = None, 0
        for _ in range(30):
            function, args = a_call(language, chance, cells)
            answer = worker.call(function, *args)
            if isinstance(answer, Handle):
                cells.append(answer)
            if other is not None:
                assert other.follow(worker) == answer
            if other is None or chance.random() < 0.3:
                if other is not None:
                    other.instance.close()
                other = worker.restored(worker.taken())
                restored += 1
        assert other is not None
        assert restored > 1
        assert other.taken() == worker.taken()
        replayed = worker.replayed()
        assert replayed.taken() == worker.taken()
        for one in (worker, other, replayed):
            one.instance.close()
