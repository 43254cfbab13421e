"""`python -m witgen`, and the console script."""

import gc
import os
import sys

# Commands that start nothing in the background and leave nothing to clean up.
_SHORT = (["generate"], ["wit"], ["compose"], ["deps"], ["explain"])


def main() -> None:
    """The command line, with its imports."""
    # Modules and what they declare stay: looking for cycles in them takes a tenth of a short command.
    gc.set_threshold(50_000)
    from witgen.cli import main as run

    try:
        run()
    except SystemExit as ended:
        if sys.argv[1:2] not in _SHORT:
            raise
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:
            raise ended from None  # Python says what it could not write
        # Taking modules apart one by one takes as long.
        os._exit(int(ended.code or 0))


if __name__ == "__main__":
    main()
