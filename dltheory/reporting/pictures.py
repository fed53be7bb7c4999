"""The picture that tells a finding best."""

from __future__ import annotations

from dltheory.reporting.findings import Found
from dltheory.reporting.plots import Plot
from dltheory.reporting.schema import Record


def best(found: Found) -> tuple[Record, Plot] | None:
    """The first plot of a form of the claim that the finding names, one that counts if there is.

    Where that claim has no plot, of the first claim that has one; None if none has.
    """
    named = [looked for looked in found.claims if looked.claim == found.conclusion.picture]
    for looked in (*named, *found.claims):
        for record in (*looked.counted, *looked.forms):
            if record.plots:
                return record, record.plots[0]
    return None
