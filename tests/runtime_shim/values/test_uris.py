"""The addresses of workers and of their resources."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.values import Handle
from runtime_shim.values.uris import (
    handle_text,
    split_handle,
    split_worker,
    worker_name,
    worker_uri,
)

NAMES = st.text(max_size=8) | st.sampled_from(["", "/", "a/b", "urn:worker:", "ü#1"])


@given(st.uuids(), NAMES)
def test_a_worker_is_read_back_whatever_its_name(component: uuid.UUID, name: str) -> None:
    uri = worker_uri(component, name)

    assert split_worker(uri) == (component, name)
    assert worker_name(uri) == name


@given(st.uuids(), NAMES, st.integers(0, 2**64 - 1))
def test_a_resource_is_read_back(component: uuid.UUID, name: str, number: int) -> None:
    handle = Handle(worker_uri(component, name), number)

    assert split_handle(handle_text(handle)) == (handle.uri, str(number))


def test_a_worker_knows_its_uri() -> None:
    assert WorkerId("a:b", "w").uri == f"urn:worker:{component_uuid('a:b')}/w"


@pytest.mark.parametrize(
    "text",
    ["", "urn:worker:", "urn:worker:x/y", f"urn:worker:{uuid.NAMESPACE_DNS}", "urn:other:a/b", "/"],
)
def test_other_texts_are_no_worker(text: str) -> None:
    assert split_worker(text) is None


@pytest.mark.parametrize("text", ["", "7", "x/7", "urn:worker", "urn:other:a/b/7"])
def test_other_texts_are_no_resource(text: str) -> None:
    assert split_handle(text) is None
