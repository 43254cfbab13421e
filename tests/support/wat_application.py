"""An application whose components are text that wasmtime assembles: built in a moment, and it runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from application import App
from printing_guest import TEXT as PRINTER
from small_counter import COUNTER

ASSEMBLE = """\
import pathlib, sys, wasmtime
source, out = map(pathlib.Path, sys.argv[1:])
out.parent.mkdir(parents=True, exist_ok=True)
out.write_bytes(wasmtime.wat2wasm(source.read_text()))
"""
WIT = {
    "counter": "inc: func(by: u32) -> u32; echo: func(text: string) -> string; quiet: func(); boom: func();",
    "printer": "say: func(text: string); cry: func(text: string);",
}


def application(root: Path) -> App:
    """`test:counter` and `test:printer`; their sources are `counter/guest.wat` and `printer/guest.wat`."""
    app = App(root)
    app.write("assemble.py", ASSEMBLE)
    components = {}
    for name, text in (("counter", COUNTER), ("printer", PRINTER)):
        command = f"{json.dumps(sys.executable)} ../assemble.py guest.wat ../out/{name}.wasm"
        components[f"test:{name}"] = {
            "sourceWit": f"{name}/wit",
            "generatedWit": f"{name}/wit-generated",
            "componentWasm": f"out/{name}.wasm",
            "build": [{"command": command, "dir": name, "sources": ["*.wat"]}],
        }
        wit = f"package test:{name};\ninterface api {{ {WIT[name]} }}\nworld {name} {{ export api; }}\n"
        app.write(f"{name}/wit/{name}.wit", wit)
        app.write(f"{name}/guest.wat", text)
    app.write("golem.yaml", json.dumps({"components": components}, indent=1))
    return app
