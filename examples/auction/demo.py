"""The main job, end to end: three components, both bindings, and a kill in the middle of a call.

Run by `make demo`. Everything goes to `.demo/`; a second run rebuilds only what changed.
"""

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from witgen.app.componentize import Build, componentize, read_source

HERE = Path(__file__).parent
OUT = Path(os.environ.get("WITGEN_DEMO_DIR", HERE.parent.parent / ".demo"))
CONSOLE = Console(highlight=False, soft_wrap=True)
FUNCTION = "auction:caller/auctioneer.{evening}"
DEPLOY = [
    "--deploy",
    f"auction:house={OUT / 'house.wasm'}",
    "--deploy",
    f"auction:appraiser={OUT / 'appraiser.wasm'}",
    "--ephemeral",
    "auction:appraiser",
]
START = time.perf_counter()


def say(text: str) -> None:
    CONSOLE.print(f"[dim]{time.perf_counter() - START:6.1f} s[/dim]  {text}")


def shown(path: object) -> str:
    return str(path).replace(f"{HERE.parent.parent}{os.sep}", "")


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "witgen", *map(str, args)]


def witgen(*args: object) -> tuple[str, float]:
    """Run a command, shown as a person would type it; its stdout and its seconds."""
    say("[bold]$ witgen " + " ".join(shlex.quote(shown(arg)) for arg in args) + "[/bold]")
    begin = time.perf_counter()
    done = subprocess.run(command(*args), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"witgen ended with status {done.returncode}")
    return done.stdout.strip(), time.perf_counter() - begin


def generate() -> None:
    """The clients of both targets; the caller's WIT gains both imports, twice, byte-equal."""
    for _ in range(2):
        before = tree(OUT / "appraiser-client" / "caller")
        witgen(
            *("generate", HERE / "house/wit", "-o", OUT / "house-client"),
            *("--caller", HERE / "caller/wit"),
        )
        witgen(
            *("generate", HERE / "appraiser/wit", "-o", OUT / "appraiser-client"),
            *("--kind", "ephemeral", "--caller", OUT / "house-client/caller"),
        )
        after = tree(OUT / "appraiser-client" / "caller")
    if before != after:
        sys.exit("the caller's WIT differs between two runs")
    say(f"the caller's WIT: {len(after)} files, written twice, byte-equal")


def clients(backend: str) -> list[Path]:
    """The static clients of both targets, by one of the backends."""
    made = []
    for name, kind in (("house", "durable"), ("appraiser", "ephemeral")):
        folder = OUT / f"{name}-{backend}"
        witgen(
            *("generate", HERE / name / "wit", "-o", folder, "--kind", kind),
            *("--emit", "component", "--backend", backend),
        )
        made.append(folder / "client.wasm")
    return made


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.wit"))
    }


def build() -> dict[str, Build]:
    """The three components, two at a time."""
    sources = {
        "house": read_source(HERE / "house/wit", "house", HERE / "house", "app"),
        "appraiser": read_source(HERE / "appraiser/wit", "appraiser", HERE / "appraiser", "app"),
        "caller": read_source(
            OUT / "appraiser-client/caller", "auctioneer-world", HERE / "caller", "app"
        ),
    }
    say("building house, appraiser and caller with componentize-py")
    with ThreadPoolExecutor(2) as pool:
        builds = dict(zip(sources, pool.map(componentize, sources.values()), strict=True))
    for name, made in builds.items():
        (OUT / f"{name}.wasm").write_bytes(made.data)
        how = "from the cache" if made.cached else f"{made.seconds:.1f} s"
        say(f"built {name}.wasm: {len(made.data):,} bytes, {how}")
    return builds


def expected(guests: str) -> bool:
    """Whether every line of the guest book is there exactly once, in order."""
    lines = ["doors open", "sold A grandfather clock", "sold A box of buttons"]
    lines += ["sold A portrait of a cat", "doors close"]
    return "guest-book: [" + ", ".join(f'"{line}"' for line in lines) + "]" in guests


def size(path: Path) -> str:
    count = path.stat().st_size
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def killed(rounds: int, answer: str, seconds: float) -> float:
    """SIGKILL the process in the middle of a keyed call, start again, compare the answer."""
    store = OUT / "store.db"
    for stale in OUT.glob("store.db*"):
        stale.unlink()
    args = ["run", OUT / "caller.wasm", FUNCTION, '"castle"', rounds, *DEPLOY]
    args += ["--key", "evening-1", "--store", store]
    say("[bold]$ witgen run … --key evening-1 --store .demo/store.db[/bold], to be killed")
    for attempt in range(1, 20):
        wait = seconds * random.uniform(0.4, 0.8)
        process = subprocess.Popen(command(*args), stdout=subprocess.PIPE)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            say(f"killed with SIGKILL after {wait:.1f} s, in the middle of the call")
            break
        say(f"attempt {attempt} was too quick for the kill, once more with a new store")
        for stale in OUT.glob("store.db*"):
            stale.unlink()
    result, took = witgen(*args)
    again, _ = witgen(*args)
    if result != answer or again != answer or not expected(result):
        sys.exit(f"the answer after the kill is wrong:\n{result}\nexpected:\n{answer}")
    say("the answer is right, nothing ran twice, and asking once more gives the same answer")
    return took


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    CONSOLE.print(
        "\n[bold]The auction[/bold]: a caller, a durable house and an ephemeral appraiser, "
        "linked in three ways, then killed in the middle"
    )
    generate()
    builds = build()
    rounds = int(os.environ.get("WITGEN_DEMO_ROUNDS", "200"))
    caller = OUT / "caller.wasm"
    call = ("run", caller, FUNCTION, '"hall"', rounds, *DEPLOY)
    dynamic, dynamic_seconds = witgen(*call, "--link", OUT / "house-client/host")
    say("the answer, dynamically linked (the house by its stub, the appraiser by convention):")
    CONSOLE.print(dynamic)
    dynamic, dynamic_seconds = witgen(*call, "--link", OUT / "house-client/host")
    rows = []
    for backend in ("python", "native"):
        plugs = clients(backend)
        composed = OUT / f"composed-{backend}.wasm"
        _, joined = witgen(
            "compose", caller, *(x for p in plugs for x in ("--plug", p)), "-o", composed
        )
        call = ("run", composed, FUNCTION, '"hall"', rounds, *DEPLOY, "--mode", "static")
        witgen(*call)
        static, seconds = witgen(*call)
        if dynamic != static or not expected(dynamic):
            sys.exit(f"the bindings disagree:\n{dynamic}\n{static}")
        say(f"statically linked, {backend} clients: the same answer")
        sizes = "2 x " + size(plugs[0])
        times = (f"{joined:.1f} s", f"{seconds:.1f} s")
        rows.append((f"static, {backend}", size(composed), sizes, *times, "the same"))
    durable_seconds = killed(rounds, dynamic, dynamic_seconds)

    table = Table(title="\nThe auction, run in four ways", title_justify="left")
    for column in ("binding", "caller", "clients", "built in", "call", "result"):
        table.add_column(column)
    built = "cache" if builds["caller"].cached else f"{builds['caller'].seconds:.1f} s"
    plain = (size(caller), "-", built)
    table.add_row("dynamic", *plain, f"{dynamic_seconds:.1f} s", "right")
    for row in rows:
        table.add_row(*row)
    table.add_row("killed", *plain, f"{durable_seconds:.1f} s", "the same, nothing twice")
    CONSOLE.print(table)
    total = f"{time.perf_counter() - START:.0f} s"
    targets = ", ".join(f"{name} {size(OUT / f'{name}.wasm')}" for name in builds)
    CONSOLE.print(f"targets: {targets}")
    CONSOLE.print(
        f"call: the whole process, with {3 * rounds + 14} remote calls; all in all {total}"
    )


if __name__ == "__main__":
    main()
