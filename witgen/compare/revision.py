"""WIT in a git revision."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from witgen.diagnostics import Diagnostic, WitError
from witgen.diagnostics.suggest import nearest


class RevisionError(WitError):
    """CMP3203: git cannot be started, or it refuses; with its own words."""


def top_of(folder: Path) -> Path:
    """The top folder of a folder's repository.

    Raises:
        RevisionError: The folder is in none, among others.
    """
    return Path(_answer(folder, "rev-parse", "--show-toplevel"))


def commit_of(revision: str, folder: Path) -> str | None:
    """The commit that a revision names in the repository of a folder; or None.

    Raises:
        RevisionError: git cannot be started.
    """
    name = f"{revision}^{{commit}}"
    done = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    return None if done.returncode else _text(done.stdout)


def is_unborn(revision: str, folder: Path) -> bool:
    """Whether a revision is the branch of a folder's repository that awaits its first commit.

    Raises:
        RevisionError: git cannot be started.
    """
    if revision not in ("HEAD", "@"):
        return False
    branch = _git(folder, "symbolic-ref", "--quiet", "HEAD")
    known = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return not branch.returncode and bool(known.returncode)


def names_of(folder: Path) -> list[str]:
    """The branches and tags of a folder's repository.

    Raises:
        RevisionError: The folder is in none, among others.
    """
    return ["HEAD", *_answer(folder, "for-each-ref", "--format=%(refname:short)").splitlines()]


def contains(commit: str, top: Path, name: str) -> bool:
    """Whether a commit has a path; both paths as for `at_commit`.

    Raises:
        RevisionError: git cannot be started.
    """
    return not _git(top, "cat-file", "-e", _object(commit, name)).returncode


def like(commit: str, top: Path, name: str) -> str | None:
    """The path in a commit that is probably meant by one that is not there.

    Raises:
        RevisionError: git cannot be started.
    """
    made = PurePosixPath()
    for part in PurePosixPath(name).parts:
        done = _git(top, "ls-tree", "--name-only", "-z", _object(commit, str(made)))
        names = _text(done.stdout).split("\0")  # none if it is a file
        found = part if part in names else nearest(part, names)
        if found is None or not contains(commit, top, str(made / found)):
            return None
        made /= found
    return str(made)


@contextmanager
def at_commit(commit: str, top: Path, name: str) -> Iterator[Path]:
    """A temporary copy of a path in a commit, below the folder that is given.

    Args:
        commit: The commit.
        top: The top folder of the repository.
        name: The path of a file or folder in it, or `.`.

    Raises:
        RevisionError: git cannot be started, it refuses, or its answer cannot be unpacked.
    """
    with TemporaryDirectory(prefix="witgen-") as scratch:
        archive, unpacked = Path(scratch, "files.tar"), Path(scratch, "files")
        _answer(top, "archive", "--format=tar", f"--output={archive}", commit, "--", name)
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(unpacked, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise _error(f"`{name}` of {commit} cannot be unpacked: {error}") from None
        yield unpacked


def _object(commit: str, name: str) -> str:
    return f"{commit}:{'' if name == '.' else name}"


def _answer(folder: Path, *arguments: str) -> str:
    done = _git(folder, *arguments)
    if done.returncode:
        words = _text(done.stderr).removeprefix("fatal: ") or f"status {done.returncode}"
        raise _error(f"git refuses: {words.splitlines()[0]}")
    return _text(done.stdout)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").rstrip("\n")


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # Names are taken literally, whatever characters they contain.
    environment = {**os.environ, "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C"}
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except (OSError, ValueError) as error:
        raise _error(f"git cannot be started: {error}") from None


def _error(message: str) -> RevisionError:
    return RevisionError([Diagnostic("CMP3203", message)])
