"""``python -m dltheory.reporting diff OLD NEW``: what changed between two reports, flips first.

Exit status: 0 if no finding and no word flipped and no form went, 1 if one did, 2 for an error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dltheory.reporting.changes import TITLES, Change, changes, grave, read_report
from dltheory.reporting.numerals import count
from dltheory.reporting.page import page_of
from dltheory.reporting.visible import visible
from dltheory.reporting.writing import write

Found = dict[str, list[Change]]


def diff(arguments: Sequence[str]) -> int:
    """Compare two reports as the command line asks; the exit status."""
    given = _parser().parse_args(arguments)
    found = changes(read_report(given.old), read_report(given.new))
    text = FORMATS[given.format](found, str(given.old), str(given.new))
    if given.out:
        write(given.out, text)
    else:
        sys.stdout.write(text)
    return int(grave(found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dltheory.reporting diff",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", type=Path, metavar="OLD", help="a report folder, or one of them all")
    parser.add_argument("new", type=Path, metavar="NEW", help="the one to compare with it")
    parser.add_argument(
        "--format", choices=sorted(FORMATS), default="terminal", help="default: terminal"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there, not to the terminal")
    return parser


def as_terminal(found: Found, old: str, new: str) -> str:
    """Plain lines, a group per kind of change."""
    lines = [f"{old} → {new}: {summed(found)}"]
    for kind, told in found.items():
        if told:
            lines += ["", f"{TITLES[kind]}: {len(told)}"]
            lines += [f"  {_line(change)}" for change in told]
    return visible("\n".join(lines)) + "\n"


def as_markdown(found: Found, old: str, new: str) -> str:
    """A heading and a table per kind of change."""
    lines = [f"# What changed\n\nFrom `{old}` to `{new}`: {summed(found)}\n"]
    for kind, told in found.items():
        if told:
            lines += [f"## {TITLES[kind]}\n", "| | was | is | |", "|---|---|---|---|"]
            lines += [f"| {' | '.join(map(_cell, _parts(change)))} |" for change in told]
            lines.append("")
    return "\n".join(lines)


def as_html(found: Found, old: str, new: str) -> str:
    """A page that needs no network and no script."""
    return page_of(
        "changed.html", found=found, titles=TITLES, old=old, new=new, summed=summed(found)
    )


FORMATS: dict[str, Callable[[Found, str, str], str]] = {
    "terminal": as_terminal,
    "markdown": as_markdown,
    "html": as_html,
}
"""How a comparison can be told."""


def summed(found: Found) -> str:
    """One sentence: how many of each kind."""
    nouns = {
        "findings": ("finding flipped", "findings flipped"),
        "flips": ("word flipped", "words flipped"),
        "standings": ("word counts otherwise", "words count otherwise"),
        "criteria": ("criterion changed", "criteria changed"),
        "numbers": ("number changed", "numbers changed"),
        "came": ("form came", "forms came"),
        "went": ("form went", "forms went"),
    }
    parts = [count(len(told), *nouns[kind]) for kind, told in found.items() if told]
    return f"{', '.join(parts)}." if parts else "nothing changed."


def _parts(change: Change) -> tuple[str, str, str, str]:
    return change.name, change.was, change.now, change.note


def _line(change: Change) -> str:
    told = " → ".join(part for part in (change.was, change.now) if part)
    return f"{change.name}: {told}" + (f" ({change.note})" if change.note else "")


def _cell(words: str) -> str:
    flat = " ".join(visible(words).split()).replace("&", "&amp;").replace("<", "&lt;")
    return flat.replace("|", "\\|")
