"""The auction example, end to end: generated, built, linked in both ways, killed.

The components are built by componentize-py once and cached by content; everything else runs through
the command line, as a user would. It takes minutes without a cache, so it stands with the long tests;
the conformance suite and the list of Golem's tests cover both bindings in every run.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from left_handles import left
from oracle import binary

from runtime_shim.engines.memory import MemoryEngine
from runtime_shim.host import Host, Linking
from runtime_shim.program.deployment import Deployment
from witgen.app.componentize import componentize, read_source

pytestmark = pytest.mark.long
EXAMPLE = Path(__file__).parent.parent / "examples" / "auction"
EVENING = "auction:caller/auctioneer.{evening}"
CLIENTS = {"house": "durable", "appraiser": "ephemeral"}


def expected(rounds: int) -> str:
    """What the caller must answer, computed here."""
    catalogue = [
        ("A grandfather clock", 100, 2, "sold"),
        ("A box of buttons", None, 0, "sold"),
        ("A portrait of a cat", 40, 1, "sold"),
    ]
    sales, book, refused = [], ["doors open"], 0
    for number, (title, reserve, tags, verb) in enumerate(catalogue, 1):
        estimate = 10 * len(title) + 25 * tags
        offers = [estimate // 2 + 5 * n for n in range(rounds)]
        taken = [(n, o) for n, o in enumerate(offers) if o >= (reserve or 1)]
        refused += len(offers) - len(taken)
        n, amount = taken[-1]
        bidder = ("Ada", "Grace", "Edsger")[n % 3]
        sales.append(
            f'{{lot: {number}, title: "{title}", estimate: {estimate}, bids: {len(taken)},'
            f' winner: some(("{bidder}", {amount}))}}'
        )
        book.append(f"{verb} {title}")
    lines = ", ".join(f'"{line}"' for line in [*book, "doors close"])
    return f"{{sales: [{', '.join(sales)}], refused: {refused}, guest-book: [{lines}]}}\n"


def witgen(*args: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "witgen", *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr.split("guest")[0] or status
    return done


@dataclass(frozen=True)
class Auction:
    """Where everything was built."""

    folder: Path

    def __getattr__(self, name: str) -> Path:
        return self.folder / f"{name}.wasm"

    def host(self, client: str) -> Path:
        return self.folder / f"{client}-client" / "host"

    def deploy(self, *names: str) -> list[str]:
        made = []
        for name in names or CLIENTS:
            made += ["--deploy", f"auction:{name}={self.folder / name}.wasm"]
            if CLIENTS[name] == "ephemeral":
                made += ["--ephemeral", f"auction:{name}"]
        return made


@pytest.fixture(scope="session")
def auction(tmp_path_factory: pytest.TempPathFactory) -> Auction:
    folder = tmp_path_factory.mktemp("auction")
    caller_wit = EXAMPLE / "caller" / "wit"
    for name, kind in CLIENTS.items():
        out = folder / f"{name}-client"
        args = ["generate", EXAMPLE / name / "wit", "-o", out, "--kind", kind]
        witgen(*args, "--caller", caller_wit)
        caller_wit = out / "caller"
    sources = {
        "house": read_source(EXAMPLE / "house/wit", "house", EXAMPLE / "house", "app"),
        "appraiser": read_source(
            EXAMPLE / "appraiser/wit", "appraiser", EXAMPLE / "appraiser", "app"
        ),
        "caller": read_source(caller_wit, "auctioneer-world", EXAMPLE / "caller", "app"),
    }

    def target(name: str) -> None:
        (folder / f"{name}.wasm").write_bytes(componentize(sources[name]).data)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(target, sources))
    return Auction(folder)


@pytest.fixture(scope="session", params=["native", "python"])
def composed(auction: Auction, request: pytest.FixtureRequest) -> Path:
    out = auction.folder / f"composed-{request.param}.wasm"
    plugs: list[object] = []
    for name, kind in CLIENTS.items():
        folder = auction.folder / f"{name}-{request.param}"
        args = ["generate", EXAMPLE / name / "wit", "-o", folder, "--kind", kind]
        witgen(*args, "--emit", "component", "--backend", request.param)
        plugs += ["--plug", folder / "client.wasm"]
    witgen("compose", auction.caller, *plugs, "-o", out)
    return out


def assert_nothing_is_left(auction: Auction, caller: Path, mode: Linking) -> None:
    """After an evening the caller holds nothing of the host, and the house no resource."""
    components = {"auction:caller": Deployment(caller)} | {
        f"auction:{name}": Deployment(auction.folder / f"{name}.wasm", durable=kind == "durable")
        for name, kind in CLIENTS.items()
    }
    with Host(engine=MemoryEngine(), components=components, mode=mode) as host:
        for _ in range(5):
            host.invoke("auction:caller", "c", EVENING, ("hall", 4))
            host.drain()

            assert left(host) == {}


def imports(component: Path) -> str:
    done = subprocess.run(
        [binary() or "", "component", "wit", component], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_oracle_accepts_every_generated_tree(auction: Auction) -> None:
    for name in CLIENTS:
        for tree in ("wit", "python/wit", "caller"):
            assert imports(auction.folder / f"{name}-client" / tree)


def test_dynamically_by_stub_and_by_convention(auction: Auction) -> None:
    links = ["--link", auction.host("house")]

    assert witgen("run", auction.caller, EVENING, '"a"', 4, *auction.deploy(), *links).stdout == (
        expected(4)
    )


def test_an_evening_leaves_nothing_dynamically(auction: Auction) -> None:
    assert_nothing_is_left(auction, auction.caller, "dynamic")


def test_an_evening_leaves_nothing_statically(auction: Auction, composed: Path) -> None:
    assert_nothing_is_left(auction, composed, "static")


def test_dynamically_by_convention_alone(auction: Auction) -> None:
    assert witgen("run", auction.caller, EVENING, '"a"', 4, *auction.deploy()).stdout == expected(4)


def test_a_broken_stub_breaks_the_call(auction: Auction, tmp_path: Path) -> None:
    broken = tmp_path / "host"
    shutil.copytree(auction.host("house"), broken)
    stub = next(broken.glob("*/__init__.py"))
    stub.write_text(stub.read_text().replace("{open-lot}", "{open-lott}"))

    done = witgen(
        "run", auction.caller, EVENING, '"a"', 4, *auction.deploy(), "--link", broken, status=1
    )

    assert "open-lott" in done.stderr


def test_statically_with_the_same_answer(auction: Auction, composed: Path) -> None:
    args = [EVENING, '"a"', 4, *auction.deploy(), "--mode", "static"]

    assert witgen("run", composed, *args).stdout == expected(4)


def test_the_composed_caller_is_valid_and_closed(composed: Path) -> None:
    subprocess.run([binary() or "", "validate", "--features", "all", composed], check=True)
    world = imports(composed)

    assert "golem:rpc/types" in world
    assert "-client" not in world
    assert world.count("export ") == 1


def test_an_open_import_is_refused_in_static_mode(auction: Auction) -> None:
    done = witgen(
        "run", auction.caller, EVENING, '"a"', 4, *auction.deploy(), "--mode", "static", status=2
    )

    assert "auction:house-client/house-client" in done.stderr


@pytest.mark.parametrize("mode", ["dynamic", "static"])
def test_a_target_that_is_not_deployed_is_named(
    auction: Auction, composed: Path, mode: str
) -> None:
    caller = composed if mode == "static" else auction.caller
    deployed = auction.deploy("appraiser")

    done = witgen("run", caller, EVENING, '"a"', 4, *deployed, "--mode", mode, status=1)

    assert "auction:house" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("mode", ["dynamic", "static"])
def test_a_house_remembers_between_calls(
    auction: Auction, composed: Path, mode: str, tmp_path: Path
) -> None:
    caller = composed if mode == "static" else auction.caller
    args = [*auction.deploy(), "--mode", mode, "--store", tmp_path / "s.db"]

    witgen("run", caller, EVENING, '"a"', 1, *args)
    book = witgen("run", auction.house, "auction:house/api.{guest-book}", "--worker", "a", *args)

    assert book.stdout.startswith('["doors open", ')
    assert book.stdout.count("doors") == 2


def kill_once(auction: Auction, store: Path, seconds: float) -> bool:
    """Kill a keyed call after some time; whether it was still running."""
    args = ["run", auction.caller, EVENING, '"castle"', 120, *auction.deploy()]
    args += ["--key", "evening", "--store", store]
    process = subprocess.Popen(
        [sys.executable, "-m", "witgen", *map(str, args)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return process.returncode == -signal.SIGKILL


def test_a_killed_call_is_answered_right(auction: Auction, tmp_path: Path) -> None:
    # Moments, not secrets.
    chance = random.Random(int(os.environ.get("WITGEN_SEED", "1")))  # noqa: S311 - see above
    args = [EVENING, '"castle"', 120, *auction.deploy(), "--key", "evening"]
    begin = time.perf_counter()
    answer = witgen("run", auction.caller, *args, "--store", tmp_path / "whole.db").stdout
    whole = time.perf_counter() - begin
    assert answer == expected(120)

    hit, kills = 0, 20
    for number in range(kills):
        store = tmp_path / f"{number}.db"
        hit += kill_once(auction, store, whole * chance.uniform(0.3, 0.95))
        assert witgen("run", auction.caller, *args, "--store", store).stdout == answer

    assert hit >= kills // 2
