"""Adjusted p-values of many claims: Holm within a paper, Benjamini–Hochberg within a tier.

They do not change any verdict. A claim may have several forms. It holds only if all its forms do,
so its p-value is the largest of theirs. It is refuted if one of its forms is, so the p-value of its
refutation is the smallest of theirs times their number (Bonferroni). A p-value at one of k planned
looks is multiplied by k. Analogues are outside what the paper asserts and are left out of Holm's
correction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dltheory.statistics import benjamini_hochberg, holm

Record = dict[str, Any]

# The qualifiers with which the p-value of a form is not used.
_UNCHECKED = {"vacuous", "no control", "no mutant"}


def adjust(records: list[Record]) -> list[Record]:
    """The records, each with a field `adjusted`: a dict of `holm_p`, `holm_p_refute`, `q`, or None.

    `holm_p` and `holm_p_refute` belong to the record's claim and are adjusted over the claims of
    its paper and tier; an analogue has neither. `q` belongs to the form and is adjusted over the
    forms of its tier. An exact form (identity, bound, certificate, audit) has no p-value, so
    `adjusted` is None. A claim whose forms are all exact is not counted.
    """
    adjusted: dict[int, dict[str, float]] = defaultdict(dict)
    for claims in _families(records):
        tested = [forms for forms in claims if any(map(_tested, forms))]
        confirmed = holm([_to_hold(forms) for forms in tested])
        refuted = holm([_to_fall(forms) for forms in tested])
        for forms, holds, falls in zip(tested, confirmed, refuted, strict=True):
            for form in filter(_tested, forms):
                adjusted[id(form)] = {"holm_p": holds, "holm_p_refute": falls}
    for members in _tiers(records):
        ps = benjamini_hochberg([_p(member, "p_confirm") or 0.0 for member in members])
        for member, q in zip(members, ps, strict=True):
            adjusted[id(member)]["q"] = q
    return [{**record, "adjusted": adjusted.get(id(record))} for record in records]


def _families(records: Iterable[Record]) -> list[list[list[Record]]]:
    """For each paper and tier, its claims; each claim is the list of its forms except analogues."""
    families: dict[tuple[str, str], dict[str, list[Record]]] = defaultdict(dict)
    for record in records:
        if record.get("bearing", "claim") != "analogue":
            family = families[record["tier"], record["paper"]["key"]]
            family.setdefault(record["claim"], []).append(record)
    return [list(claims.values()) for claims in families.values()]


def _tiers(records: Iterable[Record]) -> list[list[Record]]:
    """For each tier, the forms that have a p-value."""
    tiers: dict[str, list[Record]] = defaultdict(list)
    for record in filter(_tested, records):
        tiers[record["tier"]].append(record)
    return list(tiers.values())


def _to_hold(forms: Iterable[Record]) -> float:
    """The p-value of a claim against "it does not hold": the largest over its forms."""
    return max(map(_of_confirmation, forms))


def _of_confirmation(form: Record) -> float:
    """The p-value of one form for its claim.

    It is 0 (no influence on the largest) for a form that ended in an error or was not run, and for
    an exact form that is CONFIRMED. It is 1 if the verdict is unchecked, if the bounds would
    confirm but the verdict is not CONFIRMED, or if a control, a condition or a rule took the
    verdict away.
    """
    if form.get("status", "judged") in ("error", "not run"):
        return 0.0
    if _unchecked(form):
        return 1.0
    p = _p(form, "p_confirm")
    if p is None:
        return 0.0 if form["verdict"] == "CONFIRMED" else 1.0
    set_aside = form["verdict"] != "CONFIRMED" and form["evidence"]["p_confirm"] <= _level(form)
    return 1.0 if set_aside or _blocked(form) else p


def _to_fall(forms: list[Record]) -> float:
    """The p-value of a claim against "it is not false": Bonferroni over its forms.

    Only forms with the bearing `claim` count, because a refuted instance does not refute the claim.
    """
    able = [f for f in forms if _tested(f) and f.get("bearing", "claim") == "claim"]
    ps = [p for f in able if f["verdict"] == "REFUTED" and (p := _refutation(f)) is not None]
    return min(1.0, min(ps) * len(able)) if ps else 1.0


def _refutation(form: Record) -> float | None:
    return None if form.get("provisional") else _p(form, "p_refute")


def _unchecked(form: Record) -> bool:
    """Whether the verdict is provisional, vacuous, or without a control or a mutant."""
    return bool(form.get("provisional")) or bool(_UNCHECKED & {*form.get("qualifiers", ())})


def _blocked(form: Record) -> bool:
    """Whether the verdict is INCONCLUSIVE because of a control, a condition or a rule."""
    checks = [*form.get("controls", ()), *form.get("regime", ())]
    failed = any(not c["held"] and c["when_failed"] != "vacuous" for c in checks)
    return form["verdict"] == "INCONCLUSIVE" and (failed or bool(form.get("qualifiers")))


def _level(form: Record) -> float:
    """The level of the look at which the form was judged; 0.01 if it is not recorded."""
    level = form["evidence"].get("alpha")
    return 0.01 if level is None else level


def _tested(record: Record) -> bool:
    return _p(record, "p_confirm") is not None


def _p(record: Record, name: str) -> float | None:
    """A recorded p-value times the number of planned looks, at most 1; None if there is none."""
    evidence = record.get("evidence")
    p = evidence.get(name) if evidence else None
    criterion: Record = record.get("criterion") or {}
    looks: list[int] = criterion.get("looks") or []
    return None if p is None else min(1.0, p * max(1, len(looks)))
