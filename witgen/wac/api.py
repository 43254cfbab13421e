"""A text of WAC and the packages that it names → a composition."""

from __future__ import annotations

from collections.abc import Sequence

from witgen.compose.api import Composition
from witgen.compose.check import check, policy
from witgen.compose.defined import with_defined_types
from witgen.compose.expose import ordered
from witgen.compose.matching import Matching
from witgen.compose.merge import merge
from witgen.compose.model import Export, Semver
from witgen.diagnostics import ComposeError, Diagnostic, Label
from witgen.syntax.report import Reporter
from witgen.wac.draft import Draft
from witgen.wac.evaluate import Evaluator, distinct
from witgen.wac.lift import Declared, lift
from witgen.wac.packages import Dependency, Look, Packages
from witgen.wac.parser import parse
from witgen.wac.targets import check_target


def wac_composition(
    text: bytes | str,
    dependencies: Sequence[Dependency] = (),
    *,
    file: str = "composition.wac",
    look: Look | None = None,
    allow_imports: Sequence[str] | None = None,
    semver: Semver = "compatible",
    define_types: bool = False,
    strip: bool = False,
    fill: bool = False,
) -> Composition:
    """Read and check a composition that is written down, without encoding it.

    Args:
        text: WAC.
        dependencies: The packages that it may name: components, or encoded WIT packages.
        file: The name of the text, for messages.
        look: Answers packages that are not among these, given name and version; None for none.
        allow_imports: Globs of the imports that may stay open; None allows all, an empty sequence
            none. Imports of types only do not count.
        semver: Whether versions of one compatibility track are interchangeable when an instance is
            spread and when imports are merged.
        fill: Import what instances are not given, as `...` does.
        define_types: Define types that would be imported, unless the text imports them itself, or an
            import or an export needs them.
        strip: Leave names, producers and debug information out, of all parts too.

    Raises:
        ComposeError: The text is wrong, or what it composes does not fit; all errors that were
            found, with line and column.
    """
    report = Reporter()
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = parse(data, file, report)
    broken = any(d.code != "CMP3102" for d in report.sink.errors)
    statements = distinct(document.statements, report)
    packages = Packages(report, {given.name: given for given in dependencies}, look, strip)
    declared = lift(document, statements, packages, report)
    draft = Draft(file)
    name = document.directive.name if document.directive else None
    evaluator = Evaluator(packages, declared, report, draft, name, semver, fill)
    if not broken:
        # In a text with gaps, later parts would be blamed for what is missing.
        evaluator.run(statements)
        _conflicts(draft, report)
    if report.sink.errors:
        raise ComposeError(report.sink.errors)
    nodes = draft.all_nodes()
    matching = Matching(tuple(node.id for node in nodes), draft.wires, (), semver)
    graph = merge(nodes, matching, _exports(draft, declared))
    if define_types and not check(graph):
        graph = with_defined_types(graph, ())
    graph.exports = ordered(graph)
    problems = [*check(graph), *policy(graph, allow_imports)]
    if not problems and document.directive is not None and document.directive.targets is not None:
        problems = check_target(graph, evaluator, document.directive.targets)
    if problems:
        raise ComposeError(problems)
    return Composition(graph, strip)


def _exports(draft: Draft, declared: Declared | None) -> tuple[Export, ...]:
    """The exports; declared types first, each after those that it has parts of."""
    types = [name for name in (declared.types if declared else ()) if name in draft.exports]
    rest = [name for name in draft.exports if name not in set(types)]
    return tuple(draft.exports[name] for name in (*types, *rest))


def _conflicts(draft: Draft, report: Reporter) -> None:
    """Imports by `...` of what the text imports itself."""
    for node in draft.nodes:
        for name in node.type.imports:
            if (node.id, name) not in draft.wires and name in draft.asked:
                report.sink.add(
                    Diagnostic(
                        "CMP3118",
                        f"`{node.name}` would import `{name}`, which the text itself imports",
                        node.at,
                        labels=(Label(draft.asked[name], "it is imported here"),),
                        help=("give it as an argument",),
                    )
                )
