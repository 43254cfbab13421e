"""golem.yaml: what is taken, and what is said of what is not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from witgen.app.manifest.application import Application
from witgen.app.manifest.cases import CASES
from witgen.app.manifest.resolve import application
from witgen.diagnostics import Diagnostic, WitError

GOOD = """\
templates:
  python:
    sourceWit: wit
    generatedWit: "{{ component_name | to_kebab_case }}/wit-generated"
    componentWasm: "out/{{ component_name | to_snake_case }}.wasm"
    build:
      - command: make "a b" it
        sources: [src]
        targets: ["out/{{ component_name | to_snake_case }}.wasm"]
    profiles:
      debug:
        env: {MODE: debug}
      release:
        env: {MODE: release}
        linkedWasm: "release/{{ component_name | to_pascal_case }}.wasm"
    defaultProfile: debug
components:
  shop:cart:
    template: python
    env: {CART: "1"}
  shop:stock:
    template: python
    componentType: ephemeral
dependencies:
  shop:cart:
    - {type: wasm-rpc, target: shop:stock}
    - {type: static-wasm-rpc, path: ../tax.wasm}
"""


def load(folder: Path, text: str | bytes = GOOD, **options: Any) -> Application:
    data = text.encode() if isinstance(text, str) else text
    (folder / "golem.yaml").write_bytes(data)
    return application(folder, **options)


def refused(folder: Path, text: str | bytes, **options: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(WitError) as caught:
        load(folder, text, **options)
    return caught.value.diagnostics


class TestGood:
    def test_templates_give_what_components_do_not_say(self, tmp_path: Path) -> None:
        app = load(tmp_path)
        cart = app.components["shop:cart"]

        assert cart.component_wasm == tmp_path / "out/shop_cart.wasm"
        assert cart.generated_wit == tmp_path / "shop-cart/wit-generated"
        assert cart.linked_wasm == tmp_path / "golem-temp/linked-wasm/shop_cart.wasm"
        assert cart.build[0].args == ("make", "a b", "it")
        assert (cart.kind, app.components["shop:stock"].kind) == ("durable", "ephemeral")
        assert dict(cart.env) == {"MODE": "debug", "CART": "1"}

    def test_a_profile_goes_before(self, tmp_path: Path) -> None:
        cart = load(tmp_path, profile="release").components["shop:cart"]

        assert cart.linked_wasm == tmp_path / "release/ShopCart.wasm"
        assert cart.env["MODE"] == "release"

    def test_dependencies(self, tmp_path: Path) -> None:
        rpc, static = load(tmp_path).components["shop:cart"].dependencies

        assert (rpc.type, rpc.target) == ("wasm-rpc", "shop:stock")
        assert (static.type, static.path) == ("static-wasm-rpc", tmp_path.parent / "tax.wasm")

    def test_manifests_below_belong_to_it(self, tmp_path: Path) -> None:
        inner = tmp_path / "stock"
        inner.mkdir()
        (inner / "golem.yaml").write_text("components: {shop:stock: {template: t}}")
        text = "templates: {t: {sourceWit: wit, componentWasm: x.wasm}}\n"

        app = load(tmp_path, text)

        assert app.components["shop:stock"].source_wit == inner / "wit"
        assert application(inner).root == tmp_path

    def test_an_unrelated_manifest_above_does_not_count(self, tmp_path: Path) -> None:
        inner = tmp_path / "app"
        inner.mkdir()
        (tmp_path / "golem.yaml").write_text("includes: [other/golem.yaml]")

        assert load(inner).root == inner

    def test_intermediate_files_are_no_manifests(self, tmp_path: Path) -> None:
        (tmp_path / "golem-temp").mkdir()
        (tmp_path / "golem-temp/golem.yaml").write_text("nonsense: 1")

        assert len(load(tmp_path).manifests) == 1

    def test_parts_for_a_server_are_told(self, tmp_path: Path) -> None:
        app = load(tmp_path, GOOD + "httpApi: {any: [thing]}\nprofiles: 3\n")

        assert [(d.code, d.line) for d in app.warnings] == [("APP4211", 28), ("APP4211", 29)]

    def test_aliases_and_a_byte_order_mark(self, tmp_path: Path) -> None:
        text = "\ufeffcomponents:\n  a:b: &one {sourceWit: wit, componentWasm: x.wasm}\n"

        assert list(load(tmp_path, text).components) == ["a:b"]

    def test_an_empty_manifest_is_an_empty_application(self, tmp_path: Path) -> None:
        assert load(tmp_path, "# nothing\n").components == {}


ONE = "components: {a:b: {sourceWit: w, componentWasm: x}}\n"
CART = "components: {a:cart: {sourceWit: w, componentWasm: x}}\n"
LINKED = "components:\n  a:b: {sourceWit: w, componentWasm: x, linkedWasm: o}\n"
WRONG = {
    "tab": ("components:\n\ta:b: {}\n", "APP4202", "tabs"),
    "brace": (
        "components:\n  a:b:\n    componentWasm: {{ component_name }}.wasm\n",
        "APP4202",
        "quotes",
    ),
    "two documents": ("a: 1\n---\nb: 2\n", "APP4202", "a single YAML document"),
    "no mapping": ("- a\n", "APP4204", "a mapping"),
    "unknown key": ("component: {}\n", "APP4203", "did you mean `components`?"),
    "unknown key within": (
        "components: {a:b: {sourceWIT: wit, componentWasm: x}}\n",
        "APP4203",
        "did you mean `sourceWit`?",
    ),
    "missing key": ("components: {a:b: {sourceWit: wit}}\n", "APP4205", "`componentWasm`"),
    "wrong shape": (
        "components: {a:b: {sourceWit: [wit], componentWasm: x}}\n",
        "APP4204",
        "a string",
    ),
    "a list wanted": ("witDeps: wit\n", "APP4204", "a list"),
    "wrong choice": (
        "components: {a:b: {sourceWit: w, componentWasm: x, componentType: durabel}}\n",
        "APP4204",
        "did you mean `durable`?",
    ),
    "limit": (
        "components: {a:b: {sourceWit: w, componentWasm: x, limits: {memory: 1GB}}}\n",
        "APP4204",
        "`memory` must be a size such as 512MiB or 2GiB, or none, not `1GB`",
    ),
    "a grant of a folder": (
        "components: {a:b: {sourceWit: w, componentWasm: x, grants: {directories: ['::/x']}}}\n",
        "APP4204",
        "a folder must be HOST[::GUEST][:ro], not `::/x`",
    ),
    "a folder twice": (
        "components: {a:b: {sourceWit: w, componentWasm: x, grants: {directories: [a::/x, b::/x:ro]}}}\n",
        "APP4206",
        "the folder `/x` is granted twice",
    ),
    "a grant of http": (
        "components: {a:b: {sourceWit: w, componentWasm: x, grants: {http: ['http://x']}}}\n",
        "APP4204",
        "a host must be HOST[:PORT], not `http://x`",
    ),
    "a grant that there is not": (
        "components: {a:b: {sourceWit: w, componentWasm: x, grants: {dirs: [x]}}}\n",
        "APP4203",
        "",
    ),
    "backend": ("backend: rust\n", "APP4204", "`python`"),
    "snapshots": ("snapshots: sometimes\n", "APP4204", "it must be one of `true`, `false`"),
    "twice": (
        "components:\n  a:b: {sourceWit: w, componentWasm: x}\n  a:b: {sourceWit: w, componentWasm: y}\n",
        "APP4206",
        "twice",
    ),
    "name": ("components: {Cart: {sourceWit: w, componentWasm: x}}\n", "APP4212", "namespace:name"),
    "no template": ("components: {a:b: {template: nope}}\n", "APP4207", "no template `nope`"),
    "url": (
        ONE + "dependencies: {a:b: [{type: wasm, url: 'https://x'}]}\n",
        "APP4209",
        "`path`",
    ),
    "neither": (
        "components: {a:b: {sourceWit: w, componentWasm: x}}\ndependencies: {a:b: [{type: wasm}]}\n",
        "APP4209",
        "either a `target` or a `path`",
    ),
    "unknown target": (
        (
            "components: {a:cart: {sourceWit: w, componentWasm: x}, a:tax: {sourceWit: v, componentWasm: y}}\n"
            "dependencies: {a:cart: [{type: wasm-rpc, target: a:taxes}]}\n"
        ),
        "APP4207",
        "did you mean `a:tax`?",
    ),
    "unknown target like its dependant": (
        CART + "dependencies: {a:cart: [{type: wasm-rpc, target: a:crat}]}\n",
        "APP4207",
        "`a:crat` use `path` for components outside this application",
    ),
    "unknown dependant": (
        CART + "dependencies: {a:carts: [{type: wasm-rpc, target: a:cart}]}\n",
        "APP4207",
        "did you mean `a:cart`?",
    ),
    "composed into itself": (
        ONE + "dependencies: {a:b: [{type: wasm, target: a:b}]}\n",
        "APP4209",
        "wasm-rpc",
    ),
    "twice a dependency": (
        ONE
        + "dependencies: {a:b: [{type: wasm-rpc, target: a:b}, {type: static-wasm-rpc, target: a:b}]}\n",
        "APP4209",
        "twice",
    ),
    "shell": (
        "components: {a:b: {sourceWit: w, componentWasm: x, build: [{command: a && b}]}}\n",
        "APP4210",
        "without a shell",
    ),
    "quote": (
        'components: {a:b: {sourceWit: w, componentWasm: x, build: [{command: "it\'s"}]}}\n',
        "APP4210",
        "no closing quotation",
    ),
    "filter": (
        "components: {a:b: {sourceWit: w, componentWasm: '{{ component_name | to_snake }}'}}\n",
        "APP4208",
        "did you mean `to_snake_case`?",
    ),
    "variable": (
        "components: {a:b: {sourceWit: w, componentWasm: '{{ componentname }}'}}\n",
        "APP4208",
        "did you mean `component_name`?",
    ),
    "statement": (
        "components: {a:b: {sourceWit: w, componentWasm: '{% for x in component_name %}{% endfor %}'}}\n",
        "APP4208",
        "not allowed",
    ),
    "default profile": (
        "components: {a:b: {sourceWit: w, componentWasm: x, profiles: {debug: {}}}}\n",
        "APP4205",
        "defaultProfile",
    ),
    "no such default": (
        "components: {a:b: {sourceWit: w, componentWasm: x, profiles: {debug: {}}, defaultProfile: debgu}}\n",
        "APP4207",
        "did you mean `debug`?",
    ),
    "generated over source": (
        "components: {a:b: {sourceWit: wit, generatedWit: wit/generated, componentWasm: x}}\n",
        "APP4213",
        "needs its own folder",
    ),
    "one product for two": (
        LINKED + "  a:c: {sourceWit: w, componentWasm: y, linkedWasm: o}\n",
        "APP4213",
        "has the path of another",
    ),
}


class TestWrong:
    @pytest.mark.parametrize("case", WRONG)
    def test_what_is_wrong_is_said_with_its_place(self, tmp_path: Path, case: str) -> None:
        text, code, said = WRONG[case]

        found, *more = refused(tmp_path, text)

        assert more == []
        assert found.code == code
        assert said in " ".join((found.message, *found.help))
        assert found.line

    def test_all_errors_are_reported(self, tmp_path: Path) -> None:
        text = "component: {}\ntempdir: x\ntemplates: []\nincludes: {}\n"

        assert [d.line for d in refused(tmp_path, text)] == [1, 2, 3, 4]

    def test_no_manifest(self, tmp_path: Path) -> None:
        with pytest.raises(WitError) as caught:
            application(tmp_path)

        assert caught.value.diagnostics[0].code == "APP4201"
        assert "witgen init" in caught.value.diagnostics[0].help[0]

    def test_an_unknown_profile(self, tmp_path: Path) -> None:
        (found,) = refused(tmp_path, GOOD, profile="relese")

        assert found.help == ("did you mean `release`?",)

    def test_two_manifests_with_one_component(self, tmp_path: Path) -> None:
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub/golem.yaml").write_text("components: {shop:cart: {template: python}}")

        (found,) = refused(tmp_path, GOOD)

        assert found.code == "APP4206"
        assert found.file
        assert found.file.endswith("sub/golem.yaml")
        assert found.labels[0].place.line == 18

    @pytest.mark.parametrize("key", ["includes: [x]", "tempDir: x", "witDeps: [x]"])
    def test_what_only_one_manifest_says(self, tmp_path: Path, key: str) -> None:
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub/golem.yaml").write_text(key)
        text = key if not key.startswith("includes") else "includes: ['sub/*.yaml']"

        assert "APP4206" in {
            d.code
            for d in refused(
                tmp_path,
                text + "\nincludes: ['**/golem.yaml']" if not key.startswith("includes") else text,
            )
        }


class TestHostile:
    @pytest.mark.parametrize(
        "text",
        [
            "[" * 100_000,
            "{a: " * 50_000,
            "a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            + "".join(
                f"{chr(99 + i)}: &{chr(99 + i)} [{','.join([f'*{chr(98 + i)}'] * 9)}]\n"
                for i in range(12)
            ),
            "a: *a\n",
            "&a [*a]\n",
            "? [1]\n: 2\n",
            "a: !!python/object:os.system x\n",
            "x" * (2 << 20),
            "components: {a:b: {sourceWit: '" + "{{ (" * 1000 + "', componentWasm: x}}",
            "components: {a:b: {sourceWit: \"{{ 'a'"
            + " | replace('a', 'aaaaaaaaaa')" * 30
            + ' }}", componentWasm: x}}',
            "components: {a:b: {sourceWit: \"{{ ''.__class__.__mro__ }}\", componentWasm: x}}",
            "components: {a:b: {sourceWit: \"{{ 'a' * 1000000000 }}\", componentWasm: x}}",
        ],
        ids=range(12),
    )
    def test_it_is_refused_at_once(self, tmp_path: Path, text: str) -> None:
        begin = time.perf_counter()

        assert refused(tmp_path, text)
        assert time.perf_counter() - begin < 5

    @pytest.mark.parametrize("data", [b"\xff\xfe", b"\0", b"a: \x01", b"\x80"])
    def test_bytes_that_are_no_text(self, tmp_path: Path, data: bytes) -> None:
        assert refused(tmp_path, data)[0].code == "APP4202"

    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("a:b"),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["components", "a:b", "sourceWit", "componentWasm", "build", "command",
                     "dependencies", "type", "target", "templates", "profiles", "env", "clean"]
                ),
                inner,
                max_size=4,
            ),
            max_leaves=12,
        )
    )  # fmt: skip
    def test_no_shape_breaks_it(self, tmp_path: Path, document: Any) -> None:
        try:
            load(tmp_path, json.dumps(document))
        except WitError as error:
            found = error.diagnostics
        else:
            return
        assert all(d.code.startswith("APP42") for d in found)


@pytest.mark.parametrize(
    ("name", "snake", "train"),
    [
        ("rpc:counters", "rpc_counters", "Rpc-Counters"),
        ("XMLHttpRequest", "xml_http_request", "Xml-Http-Request"),
        ("a1B", "a1_b", "A1-B"),
        ("A1B", "a1b", "A1b"),
        ("fooBar_baz-Qux", "foo_bar_baz_qux", "Foo-Bar-Baz-Qux"),
        ("", "", ""),
    ],
)
def test_cases_split_words_as_heck_does(name: str, snake: str, train: str) -> None:
    assert CASES["to_snake_case"](name) == snake
    assert CASES["to_train_case"](name) == train
    assert CASES["to_lower_camel_case"](snake)[:1] == snake[:1]
