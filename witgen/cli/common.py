"""What all commands share: options, messages on stderr, and how to fail."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from witgen.diagnostics import Diagnostic, DiagnosticError, Severity
from witgen.value import value

Command = TypeVar("Command", bound=Callable[..., Any])

FINDINGS, USAGE = 1, 2


class Failure(Exception):
    """Ends a command: shows the diagnostics and exits with `status`."""

    def __init__(self, diagnostics: Iterable[Diagnostic], status: int = FINDINGS) -> None:
        self.diagnostics = tuple(diagnostics)
        self.status = status
        super().__init__(str(self.diagnostics))


def fail(
    code: str, message: str, *help_lines: str, file: str | None = None, status: int = USAGE
) -> NoReturn:
    """End the command with one diagnostic."""
    from witgen.diagnostics import Place

    place = Place(file) if file else None
    raise Failure([Diagnostic(code, message, place, help=help_lines)], status)


_NARROWEST = 20  # columns of a terminal


@value
class Talk:
    """How to write to stderr.

    Attributes:
        format: The format of diagnostics.
        color: Whether text is coloured.
        quiet: Whether only warnings and errors are written.
        verbose: Whether more is written.
        log: Receives the diagnostics instead, if they are written as one document in the end.
    """

    format: str
    color: bool
    quiet: bool = False
    verbose: bool = False
    log: list[Diagnostic] | None = None

    def show(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Render diagnostics in the chosen format."""
        findings = tuple(diagnostics)
        if self.log is not None:
            self.log.extend(findings)
        elif findings:
            sys.stderr.write(self._render(findings))

    def close(self) -> None:
        """Write the document of all diagnostics, also if there are none."""
        if self.log is not None:
            sys.stderr.write(self._render(tuple(self.log)))

    def _render(self, findings: tuple[Diagnostic, ...]) -> str:
        from witgen.diagnostics import formats, render
        from witgen.version import __version__

        match self.format:
            case "json":
                return formats.render_json(findings)
            case "sarif":
                return formats.render_sarif(findings, version=__version__)
            case "github":
                return formats.render_github(findings)
            case _:
                return render.render_text(findings, color=self.color, width=self.width)

    def paint(self, text: str, color: str) -> str:
        """Return `text` in one of click's colours, if colours are wanted."""
        return click.style(text, fg=color) if self.color else text

    def say(self, line: str) -> None:
        """Print a line of progress unless quiet, in the text format only: the others are for machines."""
        if not self.quiet:
            self.warn(line)

    def detail(self, line: str) -> None:
        """Print a line only with `--verbose`."""
        if self.verbose:
            self.warn(line)

    def warn(self, line: str) -> None:
        """Print a line also when quiet."""
        if self.format == "text":
            sys.stderr.write(self.folded(line) + "\n")

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None if stderr is not one, or nothing fits into it."""
        try:
            found = os.get_terminal_size(sys.stderr.fileno()).columns
        except (OSError, ValueError):  # such as a buffer
            return None
        return found if found >= _NARROWEST else None

    def folded(self, text: str) -> str:
        """`text` with its words kept whole, where stderr is a terminal."""
        width = self.width
        if width is None or len(click.unstyle(text)) <= width:
            return text
        from witgen.diagnostics.render import folded

        return "\n".join(folded(line, width) for line in text.split("\n"))

    @property
    def draws(self) -> bool:
        """Whether progress may be drawn: for a person at a terminal."""
        return self.format == "text" and not self.quiet and sys.stderr.isatty()


class Choice(click.Choice[str]):
    """click's, with a hint for a misspelt value."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value, if it is one of the choices."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            from witgen.diagnostics import did_you_mean

            hints = did_you_mean(str(value), self.choices)
            self.fail(" ".join((error.message, *hints)), param, ctx)


def talkative(command: Command) -> Command:
    """Add the options for messages, pass a `Talk`, and turn failures into exit statuses."""

    @functools.wraps(command)
    def wrapped(
        *args: Any, error_format: str, color: str, quiet: bool, verbose: bool, **kwargs: Any
    ) -> Any:
        begin = time.perf_counter()
        # A SARIF log is one document, which says that nothing was found as well.
        log: list[Diagnostic] | None = [] if error_format == "sarif" else None
        talk = Talk(error_format, _colored(color), quiet, verbose, log)
        try:
            if quiet and verbose:
                fail("APP4003", "--quiet and --verbose exclude each other")
            return command(*args, talk=talk, **kwargs)
        except Failure as failure:
            talk.show(failure.diagnostics)
            raise click.exceptions.Exit(failure.status) from failure
        except DiagnosticError as error:
            talk.show(error.diagnostics)
            raise click.exceptions.Exit(FINDINGS) from error
        finally:
            talk.close()
            talk.detail(f"took {time.perf_counter() - begin:.2f} s")

    for option in _OPTIONS:
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value] # click's decorators keep the signature


_OPTIONS = (
    click.option(
        "--color",
        type=Choice(["auto", "always", "never"]),
        default="auto",
        help="Colours on stderr; auto obeys NO_COLOR and looks for a terminal.",
    ),
    click.option(
        "--error-format",
        type=Choice(["text", "json", "sarif", "github"]),
        default="text",
        show_default=True,
        help="How diagnostics are written to stderr.",
    ),
    click.option(
        "--verbose", "-v", is_flag=True, help="Also say what is done and why, and the time."
    ),
    click.option("--quiet", "-q", is_flag=True, help="Print warnings and errors only."),
)


def _colored(choice: str) -> bool:
    if choice == "auto":
        return not os.environ.get("NO_COLOR") and sys.stderr.isatty()
    return choice == "always"


def split_features(values: Iterable[str]) -> tuple[str, ...]:
    """`--features a,b --features c` → a, b, c."""
    return tuple(name for value in values for name in value.replace(",", " ").split())


def existing(path: str | Path, what: str, code: str = "APP4001") -> Path:
    """Return the path, or exit 2 with a hint about similar names beside it."""
    path = Path(path)
    if not path.exists():
        from witgen.app.manifest.find import alike

        hints = alike(path)
        if not hints and not path.parent.is_dir():
            hints = (f"the folder `{path.parent}` does not exist either",)
        fail(code, f"{what} `{path}` does not exist", *hints)
    if not os.access(path, os.R_OK):
        fail(code, f"{what} `{path}` cannot be read")
    return path


def read_bytes(path: str | Path, what: str) -> bytes:
    """The bytes of a file, or exit 2."""
    path = existing(path, what)
    if path.is_dir():
        fail("APP4001", f"{what} `{path}` is a folder, not a file")
    with surroundings():
        return path.read_bytes()


@contextmanager
def surroundings() -> Iterator[None]:
    """Turn errors of the operating system into exit 2."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"`{error.filename}`: " if error.filename else ""
        fail("APP4002", f"{where}{error.strerror or error}")


def product(text: str | bytes, output: str | None) -> None:
    """Write the product: to stdout, or to a file, atomically."""
    data = text.encode() if isinstance(text, str) else text
    if output is None or output == "-":
        with surroundings():
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        return
    from witgen.atomic import write_file

    with surroundings():
        write_file(Path(output), data)


def show_warnings(talk: Talk, diagnostics: Iterable[Diagnostic]) -> None:
    """Show diagnostics that do not stop the command."""
    talk.show(d for d in diagnostics if d.severity is Severity.WARNING)
