"""A plan as a drawing, mermaid for Markdown or dot for Graphviz; short names for reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePath
from typing import Literal

from witgen.compose.model import OpenImport, PartInfo, Plan, of_wasi
from witgen.value import replace

Form = Literal["mermaid", "dot"]
_CLIENT_OF = "client of "
_SUFFIXES = (".wasm", ".wat", ".wit")


def graph_text(plan: Plan, form: Form = "mermaid") -> str:
    """The parts of a composition and which implements which import.

    Args:
        plan: The composition.
        form: The language of the drawing.

    Returns:
        Text that ends in a newline; an arrow leads from who needs to who implements.
    """
    return _mermaid(plan) if form == "mermaid" else _dot(plan)


def folded(plan: Plan) -> Plan:
    """A plan whose imports of WASI are one."""
    wasi = [item for item in plan.imports if of_wasi(item.name)]
    if len(wasi) < 2:
        return plan
    name = f"wasi:* ({len(wasi)} imports)"
    needed = tuple(dict.fromkeys((part, name) for item in wasi for part, _ in item.needed_by))
    others = tuple(item for item in plan.imports if not of_wasi(item.name))
    return replace(plan, imports=(*others, OpenImport(name, False, needed)))


def _edges(plan: Plan) -> list[tuple[str, str, str]]:
    """(from, to, label), ids as `p0` for parts and `i0` for imports of the result."""
    parts = {part.name: f"p{index}" for index, part in enumerate(plan.parts)}
    edges = [
        (parts[w.consumer], parts[w.supplier], _label(w.import_, w.export)) for w in plan.wires
    ]
    for index, item in enumerate(plan.imports):
        for part, name in item.needed_by:
            edges.append((parts[part], f"i{index}", "" if name == item.name else name))
    return edges


def _part(part: PartInfo) -> str:
    """A part with its size, and a note if nothing needs it."""
    units = [(10**6, "MB"), (10**3, "kB")]
    text = next((f"{part.size / size:.1f} {u}" for size, u in units if part.size >= size), "")
    return f"{part.name} ({text or f'{part.size} bytes'}{'' if part.used else ', not used'})"


def _import(item: OpenImport) -> str:
    return f"{item.name} (types only)" if item.types_only else item.name


def _label(wanted: str, given: str) -> str:
    return wanted if wanted == given else f"{wanted} by {given}"


def _mermaid(plan: Plan) -> str:
    lines = ["flowchart LR"]
    for index, part in enumerate(plan.parts):
        lines.append(f'  p{index}["{_escaped_html(_part(part))}"]')
    for index, item in enumerate(plan.imports):
        lines.append(f'  i{index}(["{_escaped_html(_import(item))}"])')
    for start, end, label in _edges(plan):
        arrow = f'-- "{_escaped_html(label)}" -->' if label else "-->"
        lines.append(f"  {start} {arrow} {end}")
    return "\n".join(lines) + "\n"


def _escaped_html(text: str) -> str:
    # Mermaid takes HTML entities in quoted text, with # in place of &.
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return " ".join(text.split())


def _dot(plan: Plan) -> str:
    lines = ["digraph composition {", "  rankdir=LR;", "  node [shape=box];"]
    for index, part in enumerate(plan.parts):
        lines.append(f"  p{index} [label={_quoted(_part(part))}];")
    for index, item in enumerate(plan.imports):
        lines.append(f"  i{index} [label={_quoted(_import(item))}, shape=oval];")
    for start, end, label in _edges(plan):
        attribute = f" [label={_quoted(label)}]" if label else ""
        lines.append(f"  {start} -> {end}{attribute};")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join(escaped.split()) + '"'


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Short names of parts: files without suffix, with as few folders as distinguish them.

    Args:
        names: The names of the parts: paths, `client of ` a path, or given explicitly, which are
            kept.
    """
    ends = {name: _ends(name) for name in names}
    made: dict[str, str] = {}
    for name, candidates in ends.items():
        others = {end for other, found in ends.items() if other != name for end in found}
        made[name] = next((end for end in candidates if end not in others), name)
    return made


def _ends(name: str) -> list[str]:
    """What a part may be called, the shortest first."""
    start = _CLIENT_OF if name.startswith(_CLIENT_OF) else ""
    path = name.removeprefix(start)
    suffix = next(filter(path.endswith, _SUFFIXES), "")
    if not suffix and "/" not in path and os.sep not in path:
        return [name]
    steps = PurePath(path.removesuffix(suffix)).parts
    if len(steps) > 1 and steps[-1] == "wit":
        steps = steps[:-1]  # every component has such a folder
    return [start + "/".join(steps[-count:]) for count in range(1, len(steps) + 1)]
