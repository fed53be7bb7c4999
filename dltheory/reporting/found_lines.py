"""``findings.json``: what holds of each paper's conclusions, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dltheory.reporting import telling
from dltheory.reporting.anchors import anchor
from dltheory.reporting.findings import Found, findings
from dltheory.reporting.schema import About, Record


def found_text(papers: Sequence[About], records: Sequence[Record]) -> str:
    """A JSON object with a list of findings; the same records give the same text."""
    listed = [_as_json(about, found) for about in papers for found in findings(about, records)]
    return json.dumps({"schema": 1, "findings": listed}, ensure_ascii=False, indent=1) + "\n"


def _as_json(about: About, found: Found) -> dict[str, Any]:
    return {
        "paper": about.paper.key,
        "finding": found.conclusion.name,
        "conclusion": found.conclusion.conclusion,
        "locator": found.conclusion.locator,
        "word": found.word,
        "scales": list(found.scales),
        "why": telling.why(found),
        "sure": telling.sure(found),
        "change": telling.change(found),
        "claims": [
            {
                "claim": looked.claim,
                "state": looked.state,
                "forms": [
                    {
                        "form": anchor(record),
                        "tier": record.tier,
                        "bearing": record.bearing,
                        "word": record.word,
                        "counts": record in looked.counted,
                    }
                    for record in looked.forms
                ],
            }
            for looked in found.claims
        ],
    }
