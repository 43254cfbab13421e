"""The formatter: one layout, all tokens, all comments, the same meaning."""

from __future__ import annotations

import pytest

from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve.document import to_dict
from witgen.syntax.format import format_text
from witgen.syntax.tokens import tokens

UGLY = """\
// licence
package   a:b@1.0.0-rc.1 ;


/// docs
@since(version=1.0.0-rc.1)  interface i{use j.{a, t as c,};
type t = list< tuple<u8,option<string>> ,4 >; // tail
record r{x:u8,y:string // last
}
/* block
   keeps */
enum e{one,two}
resource q{constructor(a:u8)->result<q>;m:static async func();   n: func(other : borrow<q>)->result<_,u8>;}

f:func(a-very-long-parameter-name: string, another-very-long-parameter-name: u32, third: option<list<u8>>)->u8;
g: func(a: u8, // why
 b: u8 /* x */);
resource empty{}
}
interface j{type a=u8;type t=u8;}
world o{import a:func();import c:func();}
world w{import j;import n:interface{h:func();}
include o with{a as b,c as d}
export m: j;
}
// end
"""

NEAT = """\
// licence
package a:b@1.0.0-rc.1;

/// docs
@since(version = 1.0.0-rc.1)
interface i {
  use j.{a, t as c};
  type t = list<tuple<u8, option<string>>, 4>; // tail
  record r {
    x: u8,
    y: string, // last
  }
  /* block
   keeps */
  enum e {
    one,
    two,
  }
  resource q {
    constructor(a: u8) -> result<q>;
    m: static async func();
    n: func(other: borrow<q>) -> result<_, u8>;
  }

  f: func(
    a-very-long-parameter-name: string,
    another-very-long-parameter-name: u32,
    third: option<list<u8>>,
  ) -> u8;
  g: func(
    a: u8, // why
    b: u8, /* x */
  );
  resource empty {}
}

interface j {
  type a = u8;
  type t = u8;
}

world o {
  import a: func();
  import c: func();
}

world w {
  import j;
  import n: interface {
    h: func();
  }
  include o with { a as b, c as d }
  export m: j;
}
// end
"""


def test_everything_finds_its_place() -> None:
    assert format_text(UGLY) == NEAT


def test_formatting_again_changes_nothing() -> None:
    assert format_text(NEAT) == NEAT


def test_the_meaning_stays() -> None:
    assert to_dict(load_texts({"a.wit": NEAT})) == to_dict(load_texts({"a.wit": UGLY}))


def test_no_token_but_commas_and_no_comment_changes() -> None:
    before, after = tokens(UGLY), tokens(NEAT)

    assert [t.text for t in before if t.text != ","] == [t.text for t in after if t.text != ","]
    assert [c.text for t in before for c in t.comments] == [
        c.text for t in after for c in t.comments
    ]


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("", ""),
        ("\n\n", ""),
        ("// only", "// only\n"),
        ("package a:b;", "package a:b;\n"),
        ("\ufeffpackage a:b;\r\ninterface i { }\r\n", "package a:b;\n\ninterface i {}\n"),
        ("interface i {\n\n\n\nf: func();\n\n\n}", "interface i {\n  f: func();\n}\n"),
        ("interface i { // c\n}", "interface i { // c\n}\n"),
        ("interface i {\n// c\n}", "interface i {\n  // c\n}\n"),
        ("/* a /* nested */ b */ package a:b;", "/* a /* nested */ b */\npackage a:b;\n"),
        ("interface i { x: get()->u8; }", "interface i {\n  x: get() -> u8;\n}\n"),
        (
            'interface i { @external-id("a b") f: func(); }',
            'interface i {\n  @external-id("a b")\n  f: func();\n}\n',
        ),
        ("use a:b/c;use d:e/f as g;", "use a:b/c;\nuse d:e/f as g;\n"),
        (
            "package a:b{interface i{type t=%list;}}",
            "package a:b {\n  interface i {\n    type t = %list;\n  }\n}\n",
        ),
        ("world w { export a:b/c@1.0.0; }", "world w {\n  export a:b/c@1.0.0;\n}\n"),
        ("world w { import n : a:b/c; }", "world w {\n  import n: a:b/c;\n}\n"),
    ],
)
def test_small_texts(text: str, formatted: str) -> None:
    assert format_text(text) == formatted
    assert format_text(formatted) == formatted


def test_a_long_use_is_broken_a_name_a_line() -> None:
    names = ", ".join(f"a-rather-long-name-{n}" for n in range(6))

    lines = format_text(f"interface i {{ use j.{{{names}}}; }}").splitlines()

    assert lines[1:3] == ["  use j.{", "    a-rather-long-name-0,"]
    assert lines[-3:] == ["    a-rather-long-name-5,", "  };", "}"]


@pytest.mark.parametrize(
    "text", ["interface i {", "}", "interface", "package a:b", "@", "use a.{", "x"]
)
def test_what_is_not_wit_is_refused(text: str) -> None:
    with pytest.raises(WitError) as caught:
        format_text(text, "some.wit")

    assert caught.value.diagnostics[0].file == "some.wit"
