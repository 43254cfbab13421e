"""The command line. One file a command; the only room that prints."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from witgen.version import __version__

# Where a command lives and what it does. Commands are imported when they are called: each pays only
# for what it uses.
COMMANDS = {
    "wit": "Load WIT and print it, as text or as a JSON document.",
    "generate": "Generate the client of a component: WIT, host stubs, Python sources, a component.",
    "compose": "Plug components into a socket component and into each other.",
    "deps": "Check and copy the dependencies of WIT; nothing is fetched.",
    "init": "Make a new application from a template.",
    "build": "Build what golem.yaml declares, and only what changed.",
    "clean": "Remove what the build made.",
    "add-dependency": "Add a dependency to golem.yaml, or change how it is bound.",
    "custom": "Run a custom command of golem.yaml.",
    "run": "Call a function of a component, durably and exactly once.",
    "serve": "Serve the application on a loopback HTTP endpoint.",
    "dev": "Build and serve the application, and update it whenever a source changes.",
    "worker": "Look at the workers of a store; repair, check and back it up.",
    "doctor": "Report versions, tools and caches.",
    "explain": "Explain a diagnostic code, with an example.",
}


class Commands(click.Group):
    """A group that imports a command only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"witgen.cli.{cmd_name.replace('-', '_')}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's, with a hint for a misspelt name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from witgen.diagnostics.suggest import did_you_mean

            hint = "".join(f" ({line})" for line in did_you_mean(args[0], COMMANDS))
            ctx.fail(f"no such command `{args[0]}`{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: witgen generate wit -o client && witgen compose caller.wasm --plug "
    "client/client.wasm -o app.wasm",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def group() -> None:
    """Typed worker-to-worker clients for WebAssembly components.

    Products go to stdout or to the files named with -o, messages to stderr. The exit status is 0 on
    success, 1 for problems found in the input, and 2 for usage errors and problems of the
    environment.
    """


def _show(error: click.ClickException, args: list[str]) -> None:
    """Show an error in the use of a command, in the requested format."""
    words = iter(" ".join(args).replace("--error-format=", "--error-format ").split(" "))
    wanted = [next(words, "") for word in words if word == "--error-format"]
    if not {*wanted[-1:]} & {"json", "sarif", "github"}:
        error.show()
        return
    from witgen.cli.common import Talk
    from witgen.diagnostics import Diagnostic

    context = error.ctx if isinstance(error, click.UsageError) else None
    hints = (f"`{context.command_path} --help` shows how it is used",) if context else ()
    message = error.format_message()
    Talk(wanted[-1], color=False).show([Diagnostic("APP4003", message, help=hints)])


def main() -> None:
    """Run the command line. Never shows a traceback unless WITGEN_DEBUG is set."""
    if os.environ.get("_WITGEN_COMPLETE", "").startswith("bash"):
        from witgen.cli import bash

        bash.register()
    try:
        status: Any = group.main(prog_name="witgen", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        status = exit_.exit_code
    except click.ClickException as error:
        _show(error, sys.argv[1:])
        status = error.exit_code if error.exit_code != 1 else 2
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        status = 130
    except BrokenPipeError:
        # The reader of stdout is gone; keep Python from complaining about it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    except Exception as error:
        if os.environ.get("WITGEN_DEBUG"):
            raise
        sys.stderr.write(
            f"error: internal error: {type(error).__name__}: {error}\n"
            "  = help: this is a bug in witgen; set WITGEN_DEBUG=1 for the traceback\n"
        )
        status = 2
    code = status if isinstance(status, int) else 0
    if (supervised := sys.modules.get("witgen.cli.supervised")) is not None:
        supervised.leave(code)
    sys.exit(code)
