"""`python -m dltheory`: the version, and the first files of a new paper."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from dltheory.errors import DLTheoryError
from dltheory.starting import start

EPILOG = """\
Claims are judged by pytest: `pytest -m fast`, see `pytest --help` under "claims".
Reports are rendered and compared by `python -m dltheory.reporting --help`.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words of the command line say; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m dltheory",
        description="Checks, claim by claim, what papers on the theory of deep learning assert.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dltheory {version('dltheory')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    new = commands.add_parser(
        "new",
        help="write the folder of a new paper, with three claims that run",
        description="Writes claims/KEY/ with a paper, three claims (of trainings, of a "
        "computation, of printed numbers) and comments that say what to replace; and a pytest "
        "configuration and a CI workflow where there are none.",
    )
    new.add_argument("key", metavar="KEY", help="the paper's citation key, as cohen2021edge")
    new.add_argument(
        "--in",
        dest="folder",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the project's folder (default: here)",
    )
    given = parser.parse_args(words)
    try:
        started = start(given.key, given.folder)
    except (DLTheoryError, OSError) as error:
        print(f"python -m dltheory new: {error}", file=sys.stderr)
        return 2
    for path in started.written:
        print(f"wrote {path}")
    for line in started.advice:
        print(line)
    print(f"Judge them with `pytest -m fast {given.folder / 'claims' / given.key}`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
