"""WIT that has no binary form is refused with a reason, and nothing else is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from oracle import binary

from witgen.component import decode, encode_package
from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve.document import to_dict


def wit(body: str, package: str = "a:b") -> str:
    return f"package {package};\n{body}\n"


def nested(depth: int) -> str:
    return "list<" * depth + "u8" + ">" * depth


def records(levels: int, fan: int) -> str:
    fields = ", ".join(f"f{n}: {{}}" for n in range(fan))
    made = []
    for level in range(levels):
        inner = "u8" if level == 0 else f"r{level - 1}"
        made.append(f"record r{level} {{ {fields.replace('{}', inner)} }}")
    return "interface i { " + " ".join(made) + " }"


REFUSED = [
    ("CMP3031", wit("interface i {}", "a:XML")),
    ("CMP3032", wit("interface a-b {} interface ab {}")),
    ("CMP3032", wit("interface w {} world W {}")),
    ("CMP3033", wit("interface i { x: get() -> u8; x: set(v: u16); }")),
    ("CMP3033", wit("interface i { resource r; x: get() -> r; x: set(v: borrow<r>); }")),
    ("CMP3033", wit("interface i { resource r { x: get() -> u8; x: set(v: s8); } }")),
    ("CMP3034", wit("interface i { resource r; f: func(x: future<borrow<r>>); }")),
    ("CMP3034", wit("interface i { resource r; type t = stream<list<borrow<r>>>; }")),
    ("CMP3035", wit("interface i { f: func() -> stream<char>; }")),
    ("CMP3036", wit("interface i { type t = option<list<u8, 0>>; }")),
    ("CMP3037", wit(f"interface i {{ type t = {nested(97)}; }}")),
    ("CMP3037", wit(f"interface i {{ f: func(x: {nested(96)}); }}")),
    ("CMP3037", wit(f"world w {{ export i: interface {{ f: func(x: {nested(95)}); }} }}")),
    ("CMP3038", wit(records(5, 16))),
    ("CMP3038", wit(records(18, 2))),
]
ACCEPTED = [
    wit("interface i {}", "a:xml"),
    wit("interface a-b {} interface a-c {}"),
    wit("interface i { type t = u8; x: get() -> t; x: set(v: u8); }"),
    wit("interface i { resource r; f: func(x: future<r>, y: stream<u8>) -> future; }"),
    wit("interface i { type t = list<u8, 1>; }"),
    wit(f"interface i {{ type t = {nested(96)}; }}"),
    wit(f"interface i {{ f: func(x: {nested(95)}); }}"),
    wit(f"world w {{ export i: interface {{ f: func(x: {nested(94)}); }} }}"),
    wit(records(5, 15)),
    wit(records(17, 2)),
]


def oracle_encodes(text: str, folder: Path) -> bool:
    (folder / "a.wit").write_text(text)
    done = subprocess.run(
        [binary() or "", "component", "wit", "a.wit", "--wasm", "-o", "a.wasm"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize(("code", "text"), REFUSED)
def test_what_has_no_binary_form_is_refused(code: str, text: str, tmp_path: Path) -> None:
    resolve = load_texts({"a.wit": text})

    with pytest.raises(WitError) as caught:
        encode_package(resolve)

    assert {d.code for d in caught.value.diagnostics} == {code}
    assert not oracle_encodes(text, tmp_path)


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_has_one_is_encoded_and_decoded(text: str, tmp_path: Path) -> None:
    resolve = load_texts({"a.wit": text})

    assert to_dict(decode(encode_package(resolve))) == to_dict(resolve)
    assert oracle_encodes(text, tmp_path)
