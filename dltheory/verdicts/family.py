"""Many claims at once: Holm within a paper, Benjamini–Hochberg over the suite. No verdict moves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from dltheory.statistics import benjamini_hochberg, holm


def adjust(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records, each statistical one with `holm_p` (family: paper and tier) and `q` (tier).

    An exact claim (identity, bound, certificate, audit) has no p-value and takes no part.
    """
    p_values = {id(record): p for record in records if (p := _p(record)) is not None}
    families: dict[tuple[str, ...], list[int]] = defaultdict(list)
    tiers: dict[str, list[int]] = defaultdict(list)
    for record in records:
        if id(record) in p_values:
            families[record["tier"], record["paper"]["key"]].append(id(record))
            tiers[record["tier"]].append(id(record))
    adjusted: dict[int, dict[str, float]] = {member: {} for member in p_values}
    for family in families.values():
        for member, p in zip(family, holm([p_values[m] for m in family]), strict=True):
            adjusted[member]["holm_p"] = p
    for tier in tiers.values():
        for member, q in zip(tier, benjamini_hochberg([p_values[m] for m in tier]), strict=True):
            adjusted[member]["q"] = q
    return [{**record, "adjusted": adjusted.get(id(record))} for record in records]


def _p(record: dict[str, Any]) -> float | None:
    evidence = record.get("evidence")
    return evidence["p_confirm"] if evidence else None
