"""The JSON schema that is published is that of the model."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from witgen.app.manifest.decode import keys
from witgen.app.manifest.model import Command, Component, Dependency, Document, Properties, Template
from witgen.app.manifest.resolve import application
from witgen.app.manifest.schema import schema
from witgen.diagnostics import Severity, WitError


def test_the_published_schema_is_the_models() -> None:
    published = (files("witgen.app.manifest") / "golem.schema.json").read_text("utf-8")

    assert published == json.dumps(schema(), indent=2) + "\n"


def test_every_key_of_the_model_is_in_it() -> None:
    definitions = schema()["$defs"] | {"Document": schema()}
    for cls in (Document, Template, Component, Properties, Command, Dependency):
        assert definitions[cls.__name__]["properties"].keys() == keys(cls).keys()
        assert not definitions[cls.__name__]["additionalProperties"]


def test_every_key_is_described() -> None:
    for cls in (Document, Component, Command, Dependency):
        assert all(key.doc.endswith(".") for key in keys(cls).values())


GIVEN = {"sourceWit": "w", "componentWasm": "x"}
ACCEPTED: list[Any] = [
    {},
    {"components": {"a:b": GIVEN}},
    {"components": {"a:b": {**GIVEN, "componentType": None, "env": {"A": 1, "B": True}}}},
    {"components": {"a:b": {**GIVEN, "limits": {"memory": "1GiB", "fuel": 9, "deadline": None}}}},
    {"components": {"a:b": {**GIVEN, "limits": None}}},
    {"components": {"a:b": {"template": "t"}}, "templates": {"t": GIVEN}},
    {"components": {"a:b@1.0.0": {**GIVEN, "build": None, "clean": None}}},
    {"components": {"a:b": GIVEN}, "dependencies": {"a:b": None}},
    {"components": {"a:b": GIVEN}, "dependencies": {"a:b": [{"type": "wasm", "path": "p"}]}},
    {
        "components": {"a:b": GIVEN},
        "dependencies": {"a:b": [{"type": "wasm-rpc", "target": "a:b"}]},
    },
    {"templates": {"t": None, "u": {"profiles": {"p": None}, "defaultProfile": "p"}}},
    {"httpApi": {"anything": [1]}, "profiles": 3, "includes": None},
    {"snapshots": True},
    {"snapshots": "false"},
    {"snapshots": None},
]
REFUSED: list[Any] = [
    [],
    "text",
    {"component": {}},
    {"witDeps": "wit"},
    {"snapshots": "often"},
    {"snapshots": 1},
    {"snapshots": [True]},
    {"components": {"a:b": {**GIVEN, "snapshots": True}}},
    {"witDeps": [None]},
    {"components": {"a:b": None}},
    {"components": {"a:b": {"sourceWit": "w"}}},
    {"components": {"a:b": {**GIVEN, "componentWasm": None}}},
    {"components": {"Big": GIVEN}},
    {"components": {"a:b": {**GIVEN, "componentType": "lasting"}}},
    {"components": {"a:b": {**GIVEN, "env": {"A": None}}}},
    {"components": {"a:b": {**GIVEN, "limits": {"cpu": 1}}}},
    {"components": {"a:b": {**GIVEN, "build": [{}]}}},
    {"components": {"a:b": {**GIVEN, "build": [{"command": None}]}}},
    {"templates": {"t": {"profiles": {"p": {}}}}},
    {"templates": {"t": {"profiles": {"p": {}}, "defaultProfile": None}}},
    {"templates": {"t": {"template": "u"}}},
    {"components": {"a:b": GIVEN}, "dependencies": {"a:b": [{"type": "wasm"}]}},
    {"components": {"a:b": GIVEN}, "dependencies": {"a:b": [{"target": "a:b"}]}},
    {"components": {"a:b": GIVEN}, "dependencies": {"a:b": [{"type": "wasm", "url": "https://x"}]}},
    {
        "components": {"a:b": GIVEN},
        "dependencies": {"a:b": [{"type": "wasm-rpc", "target": "a:b", "path": "p"}]},
    },
]


def is_taken(folder: Path, document: object) -> bool:
    """Whether witgen takes a manifest."""
    (folder / "golem.yaml").write_text(json.dumps(document), "utf-8")
    try:
        application(folder)
    except WitError:
        return False
    return True


@pytest.fixture(scope="module")
def editor() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


@pytest.mark.parametrize("document", ACCEPTED, ids=range(len(ACCEPTED)))
def test_what_is_taken_pleases_editors(
    editor: Draft202012Validator, tmp_path: Path, document: object
) -> None:
    assert (is_taken(tmp_path, document), editor.is_valid(document)) == (True, True)


@pytest.mark.parametrize("document", REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused_is_marked_by_editors(
    editor: Draft202012Validator, tmp_path: Path, document: object
) -> None:
    assert (is_taken(tmp_path, document), editor.is_valid(document)) == (False, False)


TEXTS = st.sampled_from(["a:b", "t", "p", "wasm", "wasm-rpc", "durable", ""])
ANYTHING = st.none() | st.booleans() | st.integers(0, 9) | TEXTS | st.lists(TEXTS, max_size=2)


def objects(cls: type, **inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects of a class: mostly right, now and then anything at all."""
    values = {name: inner.get(key.field, ANYTHING) for name, key in keys(cls).items()}
    made = st.fixed_dictionaries({}, optional=values | {"stray": ANYTHING})
    return st.one_of(made, made, made, ANYTHING)


def tables(names: list[str], value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(names), value, max_size=2) | ANYTHING


COMMANDS = st.lists(objects(Command), max_size=2) | ANYTHING
PROPERTIES = {"build": COMMANDS, "custom_commands": tables(["c"], COMMANDS)}
PROFILED = PROPERTIES | {"profiles": tables(["p"], objects(Properties, **PROPERTIES))}
DOCUMENTS = objects(
    Document,
    templates=tables(["t"], objects(Template, **PROFILED)),
    components=tables(["a:b", "B"], objects(Component, **PROFILED)),
    dependencies=tables(["a:b"], st.lists(objects(Dependency), max_size=2) | ANYTHING),
    custom_commands=tables(["c"], COMMANDS),
)
# What only somebody who knows the whole application can tell.
BEYOND = {"APP4207", "APP4208", "APP4210", "APP4213"}


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(DOCUMENTS)
def test_editors_and_witgen_agree(
    editor: Draft202012Validator, tmp_path: Path, document: object
) -> None:
    (tmp_path / "golem.yaml").write_text(json.dumps(document), "utf-8")
    found: set[str] = set()
    try:
        application(tmp_path)
    except WitError as error:
        found = {
            d.code
            for d in error.diagnostics
            if d.severity is Severity.ERROR
            and not any(said in d.message for said in ("component `", "be empty", "twice"))
        } - BEYOND
        if not found:
            return
    if document is None:
        return
    assert editor.is_valid(document) is (not found)
