"""A conclusion of a paper, and the claims that bear on it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dltheory.errors import SpecError

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A conclusion of a paper in our own words, its place, and the claims that bear on it.

    `name` is short, in lower case with hyphens. `locator` is the place in the paper. Each of
    `claims` is a row of the paper's claims ("theorem-1"), one case of a claim ("table-audit ·
    triangles"), or a claim of another paper that asserts the same ("goldblum2020truth/theorem-1").
    A finding without claims was not examined. `picture` names one of `claims`, whose picture
    illustrates the finding.
    """

    name: str
    conclusion: str
    locator: str
    claims: tuple[str, ...] = ()
    picture: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise SpecError(
                "The name of a finding is small letters and digits, joined by hyphens; got "
                f"{self.name!r}. Name it as in “bad-minima-exist”."
            )
        if not self.conclusion.strip() or not self.locator.strip():
            raise SpecError(
                f"The finding {self.name!r} needs a conclusion, in our own words, and a locator, "
                "the place where the paper draws it. Give both."
            )
        _require_once(f"claim of the finding {self.name!r}", self.claims)
        if self.picture and self.picture not in self.claims:
            raise SpecError(
                f"The picture of the finding {self.name!r} is that of one of its claims; got "
                f"{self.picture!r}. Name one of {', '.join(map(repr, self.claims)) or 'none'}."
            )


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A claim that bears on no finding of its paper, and the reason, as "a remark on a method"."""

    claim: str
    because: str


def full_name(paper: str, claim: str) -> str:
    """The full name ``<citation key>/<row>`` of a claim, with `` · <case>`` if a case is named.

    A name that already has a citation key before a slash is returned unchanged.
    """
    row, _, case = claim.partition(" · ")
    name = row if "/" in row else f"{paper}/{row}"
    return f"{name} · {case}" if case else name


def require_findings(findings: Iterable[Finding], beside: Iterable[Beside]) -> None:
    """Raise SpecError for a repeated name, or for a claim both in a finding and in `beside`."""
    found = tuple(findings)
    _require_once("finding", [finding.name for finding in found])
    apart = [one.claim for one in beside]
    _require_once("claim beside the findings", apart)
    both = {*apart} & {claim for finding in found for claim in finding.claims}
    if both:
        raise SpecError(
            f"A claim bears on a finding or stands beside all; both is said of "
            f"{', '.join(map(repr, sorted(both)))}. Take it out of one of the two."
        )


def _require_once(what: str, names: Iterable[str]) -> None:
    listed = list(names)
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise SpecError(f"Each {what} is named once; named more often: {', '.join(twice)}.")
