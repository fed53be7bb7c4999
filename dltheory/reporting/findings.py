"""What the verdicts say of a paper's conclusions: one rule, from records alone.

Of every claim that bears on a conclusion, the forms that *count* are those of the bearing `claim`
or `instance` that were judged, with a word that is neither provisional nor unsupported (vacuous,
without a control, without a mutant). A refuted instance of a claim about "some", "often" or "most"
cases does not count: the other cases may have it. The state of a claim is then

    holds      some form that counts is CONFIRMED, none is REFUTED or SMALLER
    fails      some form that counts is REFUTED, none is CONFIRMED or SMALLER
    partly     some are CONFIRMED and some REFUTED, or some are SMALLER than claimed
    open       forms of these bearings were judged, and none counts
    not seen   no form of these bearings was judged; analogues illustrate, and decide nothing

and the word of a finding, of the claims that bear on it,

    not looked at where it could be told   every claim is "not seen"
    mixed          some claim is partly; or one holds and another fails
    borne out      at least half of the claims hold, and none fails or is partly
    not borne out  at least half of the claims fail, and none holds or is partly
    open           otherwise

A word never says more than the scales of the forms that count: see `SCALES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dltheory.reporting.schema import About, Conclusion, Record

WORDS = {
    "borne out": "✓",
    "not borne out": "✕",
    "mixed": "±",
    "open": "~",
    "not looked at where it could be told": "–",
}
"""The words of a finding, each with its sign."""

SCALES = (
    "at the paper’s own scale",
    "in small instances",
    "in mathematics",
    "in print",
)
"""Where the forms that count were looked at."""

STATES = ("holds", "fails", "partly", "open", "not seen")

_PARTIAL = ("some", "often", "most")
_UNSEEN = "not looked at where it could be told"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One claim as far as it bears on a conclusion: its state, its forms, and those that count."""

    claim: str
    forms: tuple[Record, ...]
    counted: tuple[Record, ...]
    state: str

    @property
    def statement(self) -> str:
        """What the paper asserts; "" where there is no record of it."""
        return next((r.statement for r in self.forms), "")

    @property
    def illustrations(self) -> tuple[Record, ...]:
        """The judged forms in small worlds outside the paper's range."""
        return tuple(r for r in self.forms if r.analogue)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A conclusion of a paper with its word, and the claims that say it."""

    conclusion: Conclusion
    word: str
    claims: tuple[Looked, ...]

    @property
    def sign(self) -> str:
        """The sign that stands beside the word."""
        return WORDS[self.word]

    @property
    def scales(self) -> tuple[str, ...]:
        """Where the forms that count were looked at, largest first."""
        found = {scale_of(record) for looked in self.claims for record in looked.counted}
        return tuple(scale for scale in SCALES if scale in found)

    @property
    def hinges(self) -> tuple[Looked, ...]:
        """The claims without whose word the finding would have another word."""
        return tuple(
            one
            for one in self.claims
            if one.counted
            and word_of([replace(c, state="open") if c is one else c for c in self.claims])
            != self.word
        )


def findings(about: About, records: Iterable[Record]) -> tuple[Found, ...]:
    """The conclusions of a paper with their words, in the paper's order."""
    by_claim: dict[str, list[Record]] = {}
    for record in records:
        by_claim.setdefault(record.claim, []).append(record)
    return tuple(_found(conclusion, by_claim) for conclusion in about.findings)


def _found(conclusion: Conclusion, by_claim: Mapping[str, Sequence[Record]]) -> Found:
    claims = tuple(_looked(name, by_claim) for name in conclusion.claims)
    return Found(conclusion=conclusion, word=word_of(claims), claims=claims)


def _looked(name: str, by_claim: Mapping[str, Sequence[Record]]) -> Looked:
    """The forms of a claim, or of the case that the name ends in."""
    claim, _, case = name.partition(" · ")
    forms = tuple(r for r in by_claim.get(claim, ()) if not case or r.case == case)
    counted = tuple(r for r in forms if counts(r))
    return Looked(claim=name, forms=forms, counted=counted, state=_state(forms, counted))


def counts(record: Record) -> bool:
    """Whether the word of a form counts for or against the paper."""
    if record.bearing not in ("claim", "instance") or record.standing:
        return False
    if record.status != "judged" or record.verdict == "INCONCLUSIVE":
        return False
    partial = record.bearing == "instance" and record.quantifier in _PARTIAL
    return not (partial and record.verdict == "REFUTED")


def _state(forms: Sequence[Record], counted: Sequence[Record]) -> str:
    words = {record.verdict for record in counted}
    if words == {"CONFIRMED"}:
        return "holds"
    if words == {"REFUTED"}:
        return "fails"
    if words:
        return "partly"
    told = any(r.bearing != "analogue" and r.status == "judged" for r in forms)
    return "open" if told else "not seen"


def word_of(claims: Sequence[Looked]) -> str:
    """The word that the states of the claims give."""
    states = [one.state for one in claims]
    number = {state: states.count(state) for state in STATES}
    if number["not seen"] == len(states):
        return _UNSEEN
    if number["partly"] or (number["holds"] and number["fails"]):
        return "mixed"
    if 2 * max(number["holds"], number["fails"]) < len(states):
        return "open"
    return "borne out" if number["holds"] else "not borne out"


def scale_of(record: Record) -> str:
    """Where a form that counts was looked at."""
    if record.tier == "static":
        return "in print"
    if record.bearing == "instance":
        return "in small instances"
    return "in mathematics" if record.tier == "fast" else "at the paper’s own scale"
