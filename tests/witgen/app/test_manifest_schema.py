"""The JSON schema that is published is that of the model."""

from __future__ import annotations

import json
from importlib.resources import files

from witgen.app.manifest.decode import keys
from witgen.app.manifest.model import Command, Component, Dependency, Document, Properties, Template
from witgen.app.manifest.schema import schema


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
