"""The example of worker-to-worker communication, built from its manifest and bound in both ways."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "worker-to-worker"


@pytest.mark.long
def test_the_demo_runs_and_a_second_run_builds_nothing_dynamic(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLE / "demo.py")]
    environment = os.environ | {"WITGEN_DEMO_DIR": str(tmp_path)}

    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=1200
    )

    assert done.returncode == 0, done.stderr
    assert "both bindings give the same answer" in done.stdout
    # One word was changed: no code and no WIT was built again.
    _, static = done.stderr.split("compose example:consumer, because")
    assert "build example:" not in static
    assert not (EXAMPLE / "golem-temp").exists()
