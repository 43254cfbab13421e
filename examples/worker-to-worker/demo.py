"""Worker-to-worker communication from one golem.yaml, bound in both ways by one word of it.

Run by `make demo`. Everything goes to `.demo/worker-to-worker/`; a second run builds only what changed.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
OUT = Path(os.environ.get("WITGEN_DEMO_DIR", HERE.parent.parent / ".demo")) / HERE.name
CALL = (
    "example:consumer",
    "example:consumer/example-consumer-api.{add-all}",
    '"ann"',
    "[1, 2, 39]",
)


def copy() -> None:
    """The application, where it may be changed; what is as it was is left alone."""
    for path in sorted(HERE.rglob("*")):
        ours = path.suffix in {".wit", ".py", ".yaml"} and path.name != "demo.py"
        if ours and not {"golem-temp", "wit-generated"} & set(path.parts):
            target = OUT / path.relative_to(HERE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def witgen(*args: str) -> str:
    shown = shlex.join(args)
    print(f"$ witgen {shown}", flush=True)
    begin = time.perf_counter()
    command = [sys.executable, "-m", "witgen", *args]
    done = subprocess.run(command, cwd=OUT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"witgen ended with status {done.returncode}")
    print(f"{done.stdout}  ({time.perf_counter() - begin:.1f} s)", flush=True)
    return done.stdout.strip()


def main() -> None:
    print("One golem.yaml, bound in both ways by one word", flush=True)
    copy()
    manifest = OUT / "golem.yaml"
    text = manifest.read_text()
    answers = []
    for binding in ("wasm-rpc", "static-wasm-rpc"):
        manifest.write_text(text.replace("type: wasm-rpc", f"type: {binding}"))
        print(f"\nexample:consumer depends on example:provider by {binding}", flush=True)
        witgen("build", "--explain-rebuild")
        answers.append(witgen("run", *CALL))
    if answers != ["42", "42"]:
        sys.exit(f"the bindings disagree, or are wrong: {answers}")
    witgen("build", "--check")
    print("both bindings give the same answer, and there is nothing left to build")


if __name__ == "__main__":
    main()
