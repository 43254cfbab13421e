"""Documents through the binary form and back, against the reference tool."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from component_parts import part
from oracle import binary, document, write_tree

from witgen.component import decode, encode_package
from witgen.component.wasmtime_tools import wat2wasm
from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve.document import to_dict

Files = dict[str, str]

PACKAGES: dict[str, Files] = {
    "docs and gates": {"a.wit": """
/// The package.
package a:b@1.2.3;

/// An interface.
@since(version = 1.0.0)
interface i {
  /// A record.
  @since(version = 1.1.0)
  @deprecated(version = 1.2.0)
  record r {
    /// A field,
    /// on two lines.
    f: u8,
    g: string,
  }
  /// A variant.
  variant v {
    /// A case.
    a(r),
    b,
  }
  @unstable(feature = fast)
  enum e { /** One. */ x, y }
  /// Flags.
  flags s { /// A flag.
    k, l }
  /// Resource.
  @since(version = 1.0.0)
  resource res {
    /// Makes it.
    constructor(n: u8);
    /// A method.
    @since(version = 1.0.1)
    m: func() -> r;
    /// Static.
    s: static func(a: borrow<res>) -> res;
  }
  /// Function: "quoted", \\ and ü 💧.
  f: func(e: e) -> s;
}
/// A world.
@unstable(feature = w)
world w {
  /// Imported.
  @since(version = 1.0.0)
  import i;
  /// Exported.
  @unstable(feature = x)
  export i;
  /// Inline.
  import inline: interface {
    /// Inside.
    f: func();
    /// A type inside.
    type t = u8;
  }
  /// A function.
  export go: func();
  /// A type.
  record here { /// Its field.
    a: u8 }
}
"""},
    "resources": {"a.wit": """
package a:b;
interface types {
  resource file { constructor(name: string) -> result<file, string>;
    copy: static func(of: borrow<file>) -> tuple<file, option<file>>; }
  open: func(name: string) -> file;
}
interface user { use types.{file, file as other};
  resource dir; take: func(f: file, d: borrow<dir>, o: list<other>); }
interface chain { use user.{other as third}; type fourth = third; f: func() -> fourth; }
world w { import chain; export user; use types.{file}; export f: func(x: file); }
"""},
    "async and streams": {"a.wit": """
package a:b@0.1.0;
interface i {
  f: async func(a: stream<u8>, b: future<string>) -> result<stream, future>;
  resource r { m: async func() -> stream<list<u8>>; s: static async func(x: future<future>); }
  type e = error-context;
  g: func(x: e) -> stream<result<e, error-context>>;
}
world w { import f: async func(); export g: async func() -> future<u8>; export i; }
"""},
    "accessors, maps and fixed lists": {"a.wit": """
package a:b;
interface i {
  count: get() -> u32;
  count: set(n: u32);
  resource r { name: get() -> string; name: set(v: string); }
  type m = map<string, list<u8, 4>>;
  f: func(x: map<u32, map<string, option<m>>>) -> list<list<f64, 2>, 3>;
}
"""},
    "anonymous types and primitives": {"a.wit": """
package a:b;
interface i {
  type t = tuple<bool, u8, s8, u16, s16, u32, s32, u64, s64, f32, f64, char, string>;
  f: func(a: result, b: result<u8>, c: result<_, u8>, d: result<t, t>) -> option<option<t>>;
  g: func(a: list<tuple<u8>>) -> list<tuple<u8>>;
  h: func();
}
world empty {}
"""},
    "dependencies": {
        "a.wit": """
package a:b@1.0.0;
interface i { use c:d/types@0.2.0.{t as mine, r}; use e:f/deep.{x};
  f: func(a: mine, b: borrow<r>) -> x; }
world w { include c:d/base@0.2.0 with { go as run } import i; use c:d/types@0.2.0.{t}; export f: func() -> t; }
""",
        "deps/cd/a.wit": """
package c:d@0.2.0;
interface types { use e:f/deep.{x}; record t { x: x } resource r; }
world base { import go: func(); export types; }
""",
        "deps/ef.wit": "package e:f; interface deep { enum x { one } }",
    },
    "nested packages": {"a.wit": """
package a:b;
interface i { use n:p/q@1.0.0.{t}; f: func() -> t; }
package n:p@1.0.0 { interface q { type t = list<u8>; } world inner { export q; } }
world w { import n:p/q@1.0.0; include n:p/inner@1.0.0; }
"""},
    "worlds": {"a.wit": """
package a:b@2.0.0-rc.1;
interface i { type t = u8; resource r; }
world w {
  use i.{t, r as rr};
  type alias = t;
  variant v { a(alias), b(rr) }
  resource mineral { constructor(); m: func(v: v); }
  import f: func(o: borrow<mineral>) -> v;
  import one: interface { use i.{t}; f: func(x: t) -> option<t>; }
  export two: interface { use i.{r}; resource mine; f: func(a: r) -> mine; }
  export three: func(a: v) -> mineral;
}
world both { import i; export i; }
"""},
}


def plain(found: Any) -> Any:
    """A document as it is read from JSON."""
    return json.loads(json.dumps(found))


def tool(*arguments: str | Path, data: bytes = b"") -> bytes:
    """What the reference tool answers."""
    done = subprocess.run(
        [binary() or "", *arguments], input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def write(folder: Path, files: Files) -> Path:
    return write_tree(folder, {name: text.encode() for name, text in files.items()})


@pytest.mark.parametrize("files", PACKAGES.values(), ids=PACKAGES)
def test_a_package_survives_its_binary_form(files: Files, tmp_path: Path) -> None:
    resolve = load_texts(files, all_features=True)
    encoded = encode_package(resolve)
    decoded = plain(to_dict(decode(encoded)))

    ours, theirs = tmp_path / "ours.wasm", tmp_path / "theirs.wasm"
    ours.write_bytes(encoded)
    tool(
        "component", "wit", write(tmp_path / "wit", files), "--all-features", "--wasm", "-o", theirs
    )
    tool("validate", "--features", "all", ours)
    assert decoded == document(ours), "the reference reads ours as we do"
    assert plain(to_dict(decode(theirs.read_bytes()))) == document(theirs), "we read theirs"
    assert decoded == document(theirs), "both say the same"


@pytest.mark.parametrize("files", PACKAGES.values(), ids=PACKAGES)
def test_encoding_is_stable(files: Files) -> None:
    once = encode_package(load_texts(files, all_features=True))

    assert encode_package(decode(once)) == once


def embedded(files: Files, world: str, folder: Path) -> Path:
    """A core module that carries a world."""
    module = folder / "module.wasm"
    wit = write(folder / "wit", files)
    tool("component", "embed", "--all-features", "--dummy", wit, "-w", world, "-o", module)
    return module


WORLDS = [
    ("docs and gates", "w"),
    ("resources", "w"),
    ("async and streams", "w"),
    ("anonymous types and primitives", "empty"),
    ("dependencies", "w"),
    ("nested packages", "w"),
    ("worlds", "w"),
    ("worlds", "both"),
]


@pytest.mark.parametrize(("name", "world"), WORLDS)
def test_modules_and_components_say_their_world(name: str, world: str, tmp_path: Path) -> None:
    module = embedded(PACKAGES[name], world, tmp_path)
    component = tmp_path / "component.wasm"
    tool("component", "new", module, "-o", component)

    for file in (module, component):
        assert plain(to_dict(decode(file.read_bytes()))) == document(file), file.name


COMPONENTS = {
    "empty": "",
    "root items": """
     (type $r (record (field "a" u8))) (import "r" (type $e (eq $r)))
     (import "res" (type $res (sub resource)))
     (import "[constructor]res" (func (result (own $res))))
     (import "[method]res.m" (func (param "self" (borrow $res)) (param "x" $e)))
     (import "f" (func (result (list $e)))) (export "g" (func 2))""",
    "instances": """
     (import "a:b/i@1.0.0" (instance $i (export "t" (type (sub resource)))))
     (alias export $i "t" (type $t))
     (import "c:d/j" (instance (export "u" (type (eq $t))) (export "f" (func (result (own 0))))))""",
    "imports that WIT has no words for": """
     (import "m" (core module)) (import "c" (component)) (import "f" (func))""",
    "a resource of its own": """
     (type $r (resource (rep i32)))
     (core module $m (func (export "f") (result i32) i32.const 0)) (core instance $m (instantiate $m))
     (func $f (result (own $r)) (canon lift (core func $m "f")))
     (component $c (import "r" (type $r (sub resource))) (import "f" (func $f (result (own $r))))
       (export $e "r" (type $r)) (export "f" (func $f) (func (result (own $e)))))
     (instance $i (instantiate $c (with "r" (type $r)) (with "f" (func $f))))
     (export "x:y/z" (instance $i))""",
    "streams": """
     (import "f" (func async (param "x" (stream u8)) (param "y" (future)) (result (stream))))""",
}


@pytest.mark.parametrize("text", COMPONENTS.values(), ids=COMPONENTS)
def test_components_of_text(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.wasm"
    file.write_bytes(part(text))
    tool("validate", "--features", "all", file)

    assert plain(to_dict(decode(file.read_bytes()))) == document(file)


REFUSED = {
    "nothing": (b"", "CMP3001"),
    "text": (b"(component", "CMP3001"),
    "a header only": (b"\0asm", "CMP3001"),
    "a module without WIT": (wat2wasm("(module)"), "CMP3002"),
    "a section that carries nothing": (
        wat2wasm('(module (@custom "component-type" ""))'),
        "CMP3001",
    ),
    "two worlds": (
        wat2wasm('(module (@custom "component-type" "") (@custom "component-type:b" ""))'),
        "CMP3002",
    ),
    "a core module as an import of a world": (
        part("""(type (component
          (type (component (import "m" (core module)))) (export "a:b/w" (component (type 0)))))
          (export "w" (type 0))"""),
        "CMP3002",
    ),
    "an instance in an instance": (
        part('(import "a:b/c" (instance (export "x" (instance))))'),
        "CMP3002",
    ),
    "an exported component": (part('(component $c) (export "c" (component $c))'), "CMP3002"),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED)
def test_what_carries_no_wit_is_refused(data: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "a.wasm").write_bytes(data)

    with pytest.raises(WitError) as caught:
        decode(data, "a.wasm")

    assert [(d.code, d.file) for d in caught.value.diagnostics] == [(code, "a.wasm")]
    with pytest.raises(ValueError, match="error"):
        document(tmp_path / "a.wasm")
