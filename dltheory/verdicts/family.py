"""Many claims at once: Holm within a paper, Benjamini–Hochberg over the suite. No verdict moves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from dltheory.statistics import benjamini_hochberg, holm


def adjust(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records, each statistical one with `holm_p` (family: paper and tier) and `q` (tier).

    An exact claim (identity, bound, certificate, audit) has no p-value and takes no part.
    """
    tested = [record for record in records if _p(record) is not None]
    families: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    tiers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in tested:
        families[record["tier"], record["paper"]["key"]].append(record)
        tiers[record["tier"]].append(record)
    adjusted: dict[int, dict[str, float]] = {id(record): {} for record in tested}
    for family in families.values():
        for record, p in zip(family, holm([_p(r) for r in family]), strict=True):
            adjusted[id(record)]["holm_p"] = float(p)
    for tier in tiers.values():
        for record, q in zip(tier, benjamini_hochberg([_p(r) for r in tier]), strict=True):
            adjusted[id(record)]["q"] = float(q)
    return [{**record, "adjusted": adjusted.get(id(record))} for record in records]


def _p(record: dict[str, Any]) -> float | None:
    evidence = record.get("evidence")
    return evidence["p_confirm"] if evidence and evidence["sd"] is not None else None
