"""The example with an index whose parts are workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parent.parent / "examples" / "partitioned" / "demo.py"


@pytest.mark.long
def test_as_many_parts_as_one_likes(tmp_path: Path) -> None:
    command = [sys.executable, str(DEMO), "--parts", "1", "3", "--words", "300"]
    done = subprocess.run(
        command,
        env=os.environ | {"WITGEN_DEMO_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *_, one, three = [line.split("|") for line in done.stdout.splitlines()]
    assert one[2].strip() == "300"
    assert sum(map(int, three[2].split(","))) == 300
    assert one[3] == three[3]
