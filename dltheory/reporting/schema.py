"""The shapes a report is made from. A field that is absent or null keeps its default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dltheory.reporting.plots import Plot

GLYPHS = {
    "CONFIRMED": "✓",
    "SMALLER": "◂",
    "REFUTED": "✕",
    "INCONCLUSIVE": "~",
    "RUNS LOST": "∅",
    "ERROR": "!",
    "NOT RUN": "–",
}
"""The words a form can end in, each with the sign that stands beside it."""

HOLLOW = {"CONFIRMED": "△", "SMALLER": "◃", "REFUTED": "▽", "INCONCLUSIVE": "○"}
"""The signs beside the words of an analogue, which says nothing against the paper."""

BEARINGS = ("claim", "instance", "analogue")
"""What a form says about the paper: the claim itself, a smaller instance of it, an analogue."""

_SUPPORTS_NOTHING = {"vacuous", "no control", "no mutant"}


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Where a claim was made."""

    key: str = ""
    title: str = ""
    authors: str = ""
    venue: str = ""
    year: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """A conclusion that a paper draws, its place, and the claims that bear on it, by full name."""

    name: str = ""
    conclusion: str = ""
    locator: str = ""
    claims: tuple[str, ...] = ()
    picture: str = ""


@dataclass(frozen=True, kw_only=True)
class Apart:
    """A claim that bears on no conclusion of its paper, and why."""

    claim: str = ""
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What an author wrote to a claim, or to the whole paper where no claim is named."""

    claim: str = ""
    heading: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a report knows of a paper beyond the verdicts: a line of ``papers.jsonl``."""

    paper: Paper = field(default_factory=Paper)
    findings: tuple[Conclusion, ...] = ()
    beside: tuple[Apart, ...] = ()
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What was fixed before the measurement: null point, smallest effect, level, looks."""

    null: float | None = None
    smallest_effect: float | None = None
    slack: float | None = None
    printed_effect: float | None = None
    because: str = ""
    alpha: float | None = None
    looks: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was measured: estimate, one-sided bounds, and the two p-values of the rule."""

    method: str = ""
    n: int | None = None
    estimate: float | None = None
    sd: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_confirm: float | None = None
    p_refute: float | None = None
    alpha: float | None = None
    look: int | None = None
    cases: Any = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A small table of numbers or words."""

    caption: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """A second test of the same claim, with its p-value."""

    name: str = ""
    p: float | None = None


@dataclass(frozen=True, kw_only=True)
class Control:
    """Something that could have come out otherwise, or a condition of the paper's setting."""

    name: str = ""
    expectation: str = ""
    observed: str = ""
    held: bool | None = None
    when_failed: str = ""


@dataclass(frozen=True, kw_only=True)
class Magnitude:
    """The printed value beside ours, and the prediction interval that compares them."""

    printed: str = ""
    locator: str = ""
    ours: str = ""
    verdict: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A broken variant of the claim, whether the judge caught it, and whether that counts."""

    name: str = ""
    verdict: str = ""
    caught: bool | None = None
    counts: bool = True


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How often the claim's own procedure errs, by simulation and by broken variants."""

    false_confirm: float | None = None
    false_confirm_own_residuals: float | None = None
    false_refute: float | None = None
    false_refute_own_residuals: float | None = None
    simulations: int | None = None
    power: float | None = None
    power_unknown: str = ""
    stability: float | None = None
    gates: bool | None = None
    mutants: tuple[Mutant, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Attrition:
    """How many runs of an arm were lost, and the largest rate of losses that leaves possible."""

    arm: str = ""
    diverged: int | None = None
    n: int | None = None
    rate_upper: float | None = None


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """The p-values of the claim within its paper (Holm), and the form's q within the suite."""

    holm_p: float | None = None
    holm_p_refute: float | None = None
    q: float | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """One form of a claim, in one case and tier, with its verdict or the reason for having none."""

    claim: str
    tier: str
    status: str
    case: str = ""
    reason: str = ""
    traceback: str = ""
    verdict: str = ""
    expected: str = ""
    expected_reason: str = ""
    qualifiers: tuple[str, ...] = ()
    paper: Paper = field(default_factory=Paper)
    statement: str = ""
    sentence: str = ""
    bearing: str = "claim"
    regime: tuple[Control, ...] = ()
    quantifier: str = ""
    provisional: bool = False
    supports: bool | None = None
    locator: str = ""
    kind: str = ""
    formula: str = ""
    estimand: str = ""
    unit: str = ""
    refuted_if: str = ""
    licenses: str = ""
    criterion: Criterion = field(default_factory=Criterion)
    evidence: Evidence | None = None
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    controls: tuple[Control, ...] = ()
    magnitude: Magnitude | None = None
    calibration: Calibration | None = None
    more_seeds: bool = False
    attrition: tuple[Attrition, ...] = ()
    deviations: tuple[str, ...] = ()
    adjusted: Adjusted | None = None
    plan: str = ""
    runs: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    test: str = ""
    command: str = ""

    @property
    def word(self) -> str:
        """The one of the words of `GLYPHS` that the form ended in."""
        if self.status == "lost":
            return "RUNS LOST"
        return self.verdict if self.status == "judged" else self.status.upper()

    @property
    def analogue(self) -> bool:
        """Whether a word of the form speaks of a small world outside the paper's range."""
        return self.bearing == "analogue" and self.status == "judged"

    @property
    def glyph(self) -> str:
        """The sign that stands beside the word; hollow for an analogue."""
        return HOLLOW[self.word] if self.analogue else GLYPHS[self.word]

    @property
    def standing(self) -> str:
        """How the word counts: "" in full, "provisional", or "supports nothing".

        A record that does not say whether it supports anything, as old ones do, is told by its
        qualifiers. What is open or was not judged counts in full, as such.
        """
        if self.status != "judged" or self.verdict == "INCONCLUSIVE":
            return ""
        if self.provisional:
            return "provisional"
        unsupported = bool(_SUPPORTS_NOTHING & {*self.qualifiers}) or self.supports is False
        return "supports nothing" if unsupported else ""

    @property
    def asserted(self) -> str:
        """What this form asserts of which world; in old records what it allows one to say."""
        return self.sentence or self.licenses or self.statement or self.claim

    @property
    def name(self) -> str:
        """The claim's name within its paper, with its case."""
        short = self.claim.split("/", 1)[-1]
        return f"{short} · {self.case}" if self.case else short

    @property
    def alpha(self) -> float | None:
        """The one-sided error level, if the verdict is statistical."""
        if self.status != "judged" or self.evidence is None:
            return None
        if self.evidence.p_confirm is None and self.evidence.sd is None:
            return None
        return self.evidence.alpha if self.criterion.alpha is None else self.criterion.alpha

    @property
    def known_not_to_hold(self) -> bool:
        """Whether the claim was refuted, as its file says it would be."""
        return self.word == "REFUTED" == self.expected

    @property
    def surprising(self) -> bool:
        """Whether the verdict differs from the one its file expects."""
        return self.status == "judged" and bool(self.expected) and self.verdict != self.expected


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where and with what a set of measurements was made."""

    provenance: str = ""
    date: str = ""
    commit: str = ""
    dirty: bool = False
    versions: dict[str, Any] = field(default_factory=dict)
    os: str = ""
    cpu: str = ""
    cores: int | None = None
    gpus: tuple[Any, ...] = ()
    data: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of computing over distinct runs, apart for every kind of device."""

    runs: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
