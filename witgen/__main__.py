"""`python -m witgen`."""

from witgen.cli import main

main()
