"""An index whose parts are workers: the same application with one part and with several.

Run as `python examples/partitioned/demo.py [--parts 1 2 4] [--words 6000] [--rounds 3]`. Everything goes to `.demo/partitioned/`.
Options after `--` go to `witgen run`, so that the same application runs on another engine.
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OUT = Path(os.environ.get("WITGEN_DEMO_DIR", HERE.parent.parent / ".demo")) / HERE.name
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "ti", "vo", "zu")


def witgen(*args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "witgen", *args],
        cwd=OUT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"witgen {args[0]} ended with status {done.returncode}")
    return done.stdout.strip()


def text(words: int) -> str:
    made = itertools.product(SYLLABLES, repeat=4)
    return " ".join("".join(parts) for parts in itertools.islice(made, 0, words * 5, 5))


def main() -> None:
    parser = argparse.ArgumentParser(description="An index whose parts are workers.")
    parser.add_argument("--parts", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--words", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3, help="of which the quickest counts")
    parser.add_argument("run_options", nargs="*", help="options of `witgen run`, after --")
    options = parser.parse_args()
    shutil.copytree(
        HERE,
        OUT,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("golem-temp", "wit-generated", "*.pyc"),
    )
    witgen("build")
    chosen = options.run_options or ["--store", "words.db"]
    print("| parts | words of each | closest to `gomenipu` | seconds |\n|---|---|---|---|")
    answers = set()
    for parts in options.parts:
        added = witgen(
            "run", *chosen, "example:index", "add", str(parts), json.dumps(text(options.words))
        )
        times = []
        for _ in range(options.rounds):
            found = witgen(
                "run", *chosen, "example:index", "closest", str(parts), '"gomenipu"', "3"
            )
            words, _, took = (
                found.removeprefix("{words: ").removesuffix("}").partition(", milliseconds: ")
            )
            answers.add(words)
            times.append(int(took) / 1000)
        print(
            f"| {parts} | {added.strip('[]')} | {words.strip('[]')} | {min(times):.2f} |",
            flush=True,
        )
    if len(answers) != 1:
        sys.exit(f"the answers differ: {answers}")


if __name__ == "__main__":
    main()
