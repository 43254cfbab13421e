"""WIT in a git revision."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from witgen.diagnostics import Diagnostic, WitError


def commit_of(revision: str, folder: Path) -> str | None:
    """The commit that a revision names in the repository of a folder; or None.

    Raises:
        WitError: CMP3203, git cannot be started.
    """
    name = f"{revision}^{{commit}}"
    return _answer(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", name)


def top_of(folder: Path) -> Path | None:
    """The top folder of a folder's repository; None if it is not in one.

    Raises:
        WitError: CMP3203, git cannot be started.
    """
    answer = _answer(folder, "rev-parse", "--show-toplevel")
    return None if answer is None else Path(answer)


@contextmanager
def at_commit(commit: str, folder: Path, name: str) -> Iterator[Path | None]:
    """A temporary copy of a folder in a commit; None if it did not exist.

    Args:
        commit: The commit.
        folder: A folder that exists now.
        name: The path of a file or folder below it, or `.`.

    Raises:
        WitError: CMP3203, git cannot be started, or its answer cannot be unpacked.
    """
    with TemporaryDirectory(prefix="witgen-") as scratch:
        archive, unpacked = Path(scratch, "files.tar"), Path(scratch, "files")
        output = f"--output={archive}"
        if _git(folder, "archive", "--format=tar", output, commit, "--", name).returncode:
            yield None
            return
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(unpacked, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise WitError(
                [_problem(f"`{name}` of {commit} cannot be unpacked: {error}")]
            ) from None
        yield unpacked / name


def _answer(folder: Path, *arguments: str) -> str | None:
    done = _git(folder, *arguments)
    return None if done.returncode else done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # Names are taken literally, whatever characters they contain.
    environment = {**os.environ, "GIT_LITERAL_PATHSPECS": "1"}
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except (OSError, ValueError) as error:
        raise WitError([_problem(f"git cannot be started: {error}")]) from None


def _problem(message: str) -> Diagnostic:
    return Diagnostic("CMP3203", message)
