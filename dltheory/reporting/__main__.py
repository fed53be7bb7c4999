"""Renders reports again from their verdicts: ``python -m dltheory.reporting DIR``.

``python -m dltheory.reporting diff OLD NEW`` says what changed between two reports.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dltheory.errors import DLTheoryError
from dltheory.reporting.diff import diff
from dltheory.reporting.markdown import findings_table, replaced, verdict_table
from dltheory.reporting.page import join, papers_of, render, tiers
from dltheory.reporting.papers import FILE, as_text, gather, read_papers
from dltheory.reporting.records import read_verdicts
from dltheory.reporting.schema import Record
from dltheory.reporting.writing import write


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0; with ``--check``, 1 if the README is not up to date; 2 for an error.

    Of a comparison: 1 if a finding or a word flipped, or a form went.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["diff"]:
            return diff(words[1:])
        given = _parser().parse_args(words)
        return _check(given.folder, given.readme) if given.check else _write(given)
    except (DLTheoryError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m dltheory.reporting", description=__doc__)
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="a report folder, or a folder of them"
    )
    parser.add_argument(
        "--readme",
        type=Path,
        help="replace the table of findings in this file, and that of forms if it has one",
    )
    parser.add_argument(
        "--claims",
        type=Path,
        metavar="DIR",
        help="take conclusions and replies anew from this folder of claims, which is imported",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the README would change"
    )
    return parser


def _write(given: argparse.Namespace) -> int:
    """Render one report, or every report of a folder and the page that joins them."""
    if given.claims:
        _take(given.folder, given.claims)
    if (given.folder / "verdicts.jsonl").exists():
        render(given.folder)
    else:
        _records(given.folder)
        for verdicts in sorted(given.folder.glob("[!.]*/verdicts.jsonl")):
            render(verdicts.parent)
        join(given.folder)
    if given.readme:
        write(given.readme, _fresh(given.folder, given.readme))
    return 0


def _check(folder: Path, readme: Path | None) -> int:
    """1 if the README's table is not the one that the verdicts give."""
    if readme is None:
        sys.stderr.write("--check compares a README with its verdicts: name it with --readme.\n")
        return 2
    if _fresh(folder, readme) == readme.read_text(encoding="utf-8"):
        return 0
    sys.stderr.write(
        f"{readme} shows other findings than {folder}. "
        f"Run: python -m dltheory.reporting {folder} --readme {readme}\n"
    )
    return 1


def _take(folder: Path, claims: Path) -> None:
    """Write the papers of the claims beside the verdicts of every report folder."""
    lines = gather(claims)
    for verdicts in (folder / "verdicts.jsonl", *folder.glob("[!.]*/verdicts.jsonl")):
        if verdicts.exists():
            held = {record.paper.key for record in read_verdicts(verdicts)}
            of_it = [line for line in lines if line["paper"]["key"] in held]
            write(verdicts.parent / FILE, as_text(of_it))


def _fresh(folder: Path, readme: Path) -> str:
    """The README's text with the findings that the verdicts give, and the forms if it asks."""
    records = _records(folder)
    alone = (folder / "verdicts.jsonl").exists()
    papers = read_papers(folder, records) if alone else papers_of(folder)
    text = readme.read_text(encoding="utf-8")
    if "<!-- verdicts:begin -->" in text:
        text = replaced(text, verdict_table(records), name="verdicts")
        if "<!-- findings:begin -->" not in text:
            return text
    return replaced(text, findings_table(records, papers), name="findings")


def _records(folder: Path) -> tuple[Record, ...]:
    """The verdicts of a report folder, or of all report folders within, by claim and tier."""
    if (folder / "verdicts.jsonl").exists() or not any(folder.glob("[!.]*/verdicts.jsonl")):
        return read_verdicts(folder / "verdicts.jsonl")
    found = [record for records in tiers(folder).values() for record in records]
    return tuple(sorted(found, key=lambda r: (r.claim, r.case, r.tier == "full", r.tier)))


if __name__ == "__main__":
    sys.exit(main())
