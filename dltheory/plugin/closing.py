"""The last lines of a session: what holds, by paper, and what failed and why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dltheory.reporting import read_verdicts, tally, telling
from dltheory.reporting.findings import findings
from dltheory.reporting.papers import read_papers
from dltheory.reporting.records import as_record
from dltheory.reporting.schema import About, Record
from dltheory.reporting.visible import visible

_LABEL = 16


def closing_lines(
    judged: Sequence[Mapping[str, Any]],
    failed: Mapping[str, str],
    folders: Sequence[Path],
) -> Iterator[str]:
    """Lines on each paper of the session, then on each form that failed.

    `judged` are the session's records; `failed` has why, by the test's id; `folders` are the report
    folders that were written, whose findings take in what was judged in earlier sessions too.
    """
    records = [as_record(record) for record in judged]
    told = {about.paper.key: (about, all_) for about, all_ in _told(folders)}
    for key, forms in tally.by_paper(records).items():
        about, all_ = told.get(key, (About(), ()))
        yield visible(f"{key}: {forms[0].paper.title}")
        for found in findings(about, all_):
            word = f"{found.sign} {found.word.removesuffix(telling.WHERE)}"
            yield _fitting(f"  {word:<{_LABEL}} {found.conclusion.conclusion}")
            yield f"  {'':<{_LABEL}} {telling.scale(found)}. {telling.why(found)}"
        counted = tally.of_paper(forms) or "no form was judged."
        yield visible(f"  forms of this session: {counted}")
    yield _failures(failed)
    for test, why in failed.items():
        yield visible(f"  {test}: {why}")


def why_failed(record: Mapping[str, Any]) -> str:
    """Why the test of this record failed, in one sentence."""
    verdict, expected = record["verdict"], record["expected"]
    if verdict is None:
        return f"{record['status']}: {record['reason']}"
    if verdict == expected:
        return f"{verdict}, as expected, and the test failed beside its verdict"
    if verdict == "INCONCLUSIVE":
        return f"INCONCLUSIVE: {record['reason']}"
    return f"{verdict}, where {expected} was expected, and fresh seeds would agree"


def _failures(failed: Mapping[str, str]) -> str:
    if not failed:
        return "no form failed"
    return f"{len(failed)} form{'' if len(failed) == 1 else 's'} failed:"


def _told(folders: Sequence[Path]) -> Iterator[tuple[About, tuple[Record, ...]]]:
    """The papers of the folders with all their records there."""
    for folder in folders:
        if (folder / "verdicts.jsonl").exists():
            records = read_verdicts(folder / "verdicts.jsonl")
            for about in read_papers(folder, records):
                yield about, records


def _fitting(line: str) -> str:
    """The line, cut to the terminal's width."""
    width = max(60, shutil.get_terminal_size((100, 24)).columns)
    plain = visible(line)
    return plain if len(plain) <= width else plain[: width - 1].rstrip() + "…"
