"""What is generated, verbatim: `golden/<case>/input` → `golden/<case>/{wit,host,python}`."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_cases import (
    CASES,
    GOLDEN,
    golden_callers,
    golden_client,
    golden_files,
    golden_options,
    golden_warnings,
    own_wit,
    without_copies,
)
from syrupy.assertion import SnapshotAssertion
from syrupy.data import Snapshot, SnapshotCollection, SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from witgen.emit import TARGETS, generate


def case(location: PyTestLocation) -> Path:
    return GOLDEN / location.testname.partition("[")[2].removesuffix("]")


class Tree(SingleFileSnapshotExtension):
    """Snapshots in nested folders: the index of an assertion is a path below the case."""

    _write_mode = WriteMode.TEXT
    file_extension = ""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(case(test_location))

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        return str(case(test_location) / str(index))

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        del test_location
        return str(index)

    @classmethod
    def matches_test_location(
        cls, *, test_location: PyTestLocation, snapshot_location: str
    ) -> bool:
        return Path(snapshot_location).is_relative_to(case(test_location))

    def is_snapshot_location(self, *, location: str) -> bool:
        return True

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        # Only what is generated: the input beside it is no snapshot.
        found = SnapshotCollections()
        for target in TARGETS:
            for path in sorted((case(test_location) / target).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    found.add(self.read_snapshot_collection(snapshot_location=str(path)))
        return found

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        name = Path(*Path(snapshot_location).relative_to(GOLDEN).parts[1:]).as_posix()
        collection = SnapshotCollection(location=snapshot_location)
        collection.add(Snapshot(name=name))
        return collection


# syrupy wants the test's name in a snapshot's; here the name is the path of a generated file.
@pytest.mark.filterwarnings(r"ignore:\s*Can not relate snapshot name")
@pytest.mark.parametrize("name", CASES)
def test_the_tree_is_as_stored(name: str, snapshot: SnapshotAssertion) -> None:
    tree = snapshot.use_extension(Tree)

    for path, data in golden_files(name).items():
        assert data.decode() == tree(name=path)


@pytest.mark.filterwarnings(r"ignore:\s*Can not relate snapshot name")
@pytest.mark.parametrize("name", ["callers-circle"])
def test_callers_are_as_stored(name: str, snapshot: SnapshotAssertion) -> None:
    tree = snapshot.use_extension(Tree)
    made = without_copies(golden_callers(name), own_wit())

    for path, data in made.items():
        assert data.decode() == tree(name=path)
    assert stored(name) == set(made)


def stored(name: str) -> set[str]:
    """The generated files that a case has."""
    return {
        path.relative_to(GOLDEN / name).as_posix()
        for target in TARGETS
        for path in (GOLDEN / name / target).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("name", CASES)
def test_nothing_else_is_stored(name: str) -> None:
    assert stored(name) == set(golden_files(name))


@pytest.mark.parametrize("name", CASES)
def test_a_changed_copy_is_found(name: str) -> None:
    made = golden_client(name)
    own = own_wit(made.golem_rpc, sync_only=made.sync_only)
    wrong = {path: data + b"// more" for path, data in own.items()}

    with pytest.raises(AssertionError):
        without_copies(generate(made), wrong)


@pytest.mark.parametrize("name", CASES)
def test_every_folder_is_a_case(name: str) -> None:
    known = {"input", "options.json", "warnings.txt", *TARGETS}
    others = {p.name for p in (GOLDEN / name).iterdir()} - known

    assert (GOLDEN / name / "input").is_dir() or "of" in golden_options(name)
    assert others == set()


@pytest.mark.parametrize("name", CASES)
def test_the_warnings_are_as_stored(name: str) -> None:
    said = "".join(f"{w.code} {w.message}\n" for w in golden_client(name).warnings)

    assert said == golden_warnings(name)


@pytest.mark.parametrize("name", CASES)
def test_twice_gives_the_same_bytes_in_order(name: str) -> None:
    first, second = generate(golden_client(name)), generate(golden_client(name))

    assert first == second
    assert list(first) == sorted(first)
