"""``papers.jsonl``: the conclusions of each paper, and what its authors replied to a report."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dltheory.errors import SpecError
from dltheory.presence import is_there
from dltheory.reporting.records import read_objects
from dltheory.reporting.schema import About, Record
from dltheory.verdicts.finding import full_name

FILE = "papers.jsonl"
REPLIES = "replies.md"
_HEADING = re.compile(r"^## +([^:\n]+?) *: *(.+?) *$", re.MULTILINE)


def read_papers(folder: Path, records: Iterable[Record] = ()) -> tuple[About, ...]:
    """The papers of a report folder, in the order of ``papers.jsonl``.

    A paper of the records that has no line there stands at the end, without findings.
    """
    path = Path(folder) / FILE
    found = {}
    if is_there(path):
        found = {about.paper.key: about for about in read_objects(path, About)}
    for record in records:
        key = record.paper.key or record.claim.split("/")[0]
        found.setdefault(key, About(paper=record.paper))
    return tuple(found.values())


def as_line(paper: Mapping[str, Any], replies: str = "") -> dict[str, Any]:
    """A paper's line: title and authors, conclusions with full names of claims, and replies.

    `paper` has the fields of a `dltheory.Paper`; `replies` is the text of its ``replies.md``.
    """
    key = paper["key"]
    told = {name: paper[name] for name in paper if name not in ("findings", "beside")}
    findings = [
        {
            **finding,
            "claims": [full_name(key, claim) for claim in finding["claims"]],
            "picture": full_name(key, finding["picture"]) if finding["picture"] else "",
        }
        for finding in paper.get("findings", ())
    ]
    beside = [{**one, "claim": full_name(key, one["claim"])} for one in paper.get("beside", ())]
    return {
        "schema": 2,
        "paper": told,
        "findings": findings,
        "beside": beside,
        "replies": _replies(key, replies),
    }


def as_text(lines: Iterable[Mapping[str, Any]]) -> str:
    """The text of a ``papers.jsonl``, papers by key."""
    ordered = sorted(lines, key=lambda line: line["paper"]["key"])
    return "".join(
        json.dumps(line, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        for line in ordered
    )


def gather(claims: Path) -> list[dict[str, Any]]:
    """A line for every paper of a folder of claims, from its ``paper.py`` and ``replies.md``."""
    claims = Path(claims).resolve()
    folders = sorted(path.parent for path in claims.glob("*/paper.py"))
    if not folders:
        raise SpecError(
            f"A folder of claims holds one folder per paper, each with a paper.py; {claims} holds "
            "none. Name the folder that has them with --claims."
        )
    sys.path.insert(0, str(claims.parent))
    try:
        return [_gathered(folder) for folder in folders]
    finally:
        sys.path.remove(str(claims.parent))


def _gathered(folder: Path) -> dict[str, Any]:
    module = importlib.import_module(f"{folder.parent.name}.{folder.name}.paper")
    return as_line(asdict(module.PAPER), read_replies(folder))


def read_replies(folder: Path) -> str:
    """The text of the folder's ``replies.md``; "" where there is none."""
    path = Path(folder) / REPLIES
    return path.read_text(encoding="utf-8") if is_there(path) else ""


def _replies(key: str, text: str) -> list[dict[str, str]]:
    """The replies of a ``replies.md``: a heading ``## <row>: <who, when>``, and text below it.

    The row ``paper`` is the whole paper. What stands above the first heading is no reply.
    """
    found = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in found[1:]), len(text)]
    return [
        {
            "claim": "" if heading[1] == "paper" else full_name(key, heading[1]),
            "heading": heading[2],
            "text": text[heading.end() : end].strip(),
        }
        for heading, end in zip(found, ends, strict=False)
    ]


def of_paper(papers: Sequence[About], key: str) -> About:
    """The paper of this key; one without conclusions where none is known."""
    return next((about for about in papers if about.paper.key == key), About())
