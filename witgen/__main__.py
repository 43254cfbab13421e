"""`python -m witgen`, and the console script."""

import gc


def main() -> None:
    """The command line, with its imports."""
    # Modules and what they declare stay: looking for cycles in them takes a tenth of a short command.
    gc.set_threshold(50_000)
    from witgen.cli import main as run

    run()


if __name__ == "__main__":
    main()
