"""Papers, their claims, and the criterion by which a claim is confirmed or refuted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, get_args

from dltheory.errors import SpecError
from dltheory.verdicts.finding import Beside, Finding, require_findings

Verdict = Literal["CONFIRMED", "SMALLER", "REFUTED", "INCONCLUSIVE"]
"""SMALLER: the effect is there, and it is smaller than the smallest that the claim could mean."""

Bearing = Literal["claim", "instance", "analogue"]
"""What a form says about the paper.

claim      the assertion itself: an audit of print, a theorem or identity, the paper's own scale
instance   inside the range that the paper asserts, but smaller: it can support the assertion, and a
           refutation tells against its generality alone
analogue   outside that range: it illustrates, and never counts against the paper
"""

Quantifier = Literal["", "every", "most", "often", "some"]
"""How much the paper's sentence covers; "" where it speaks of one thing."""

Kind = Literal[
    "audit",
    "bound",
    "correlation",
    "equivalence",
    "existence",
    "identity",
    "monotone",
    "non-inferiority",
    "ranking",
    "rate",
    "reversal",
    "slope",
    "superiority",
    "threshold",
    "trend",
]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper. Its printed numbers are stored as strings in the file that defines it.

    `key` is the citation key. `findings` are its conclusions, usually four to eight, with the
    claims that bear on each. `beside` are the claims that bear on none of them.
    """

    key: str
    title: str
    authors: str
    venue: str
    year: int
    version: str
    findings: tuple[Finding, ...] = ()
    beside: tuple[Beside, ...] = ()

    def __post_init__(self) -> None:
        require_findings(self.findings, self.beside)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One assertion of a paper in our own words, its place, and the estimand that tests it.

    `row` is the name of the claim within the paper, and `locator` the place in the paper. `unit` is
    the unit of the estimand. `refuted_if` says in words what would refute the claim. `quantifier`
    is "every" if the paper asserts the effect of each of several parts; only then does the
    refutation of one part refute the claim.
    """

    paper: Paper
    row: str
    locator: str
    statement: str
    kind: Kind
    formula: str
    estimand: str
    unit: str
    refuted_if: str
    quantifier: Quantifier = ""

    def __post_init__(self) -> None:
        _require_one_of("kind of a claim", self.kind, Kind)
        _require_one_of("quantifier of a claim", self.quantifier, Quantifier)

    @property
    def id(self) -> str:
        """The name of the claim among all papers, ``<citation key>/<row>``."""
        return f"{self.paper.key}/{self.row}"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """When a form of a claim is confirmed and when it is refuted, fixed before any run.

    θ is the estimand, oriented so that a larger value makes the claim truer. L and U are its
    one-sided bounds at level `alpha`. θ₀ is `null` and δ is `smallest_effect`, in the unit of θ:

        CONFIRMED     L > θ₀, and not U < θ₀ + δ
        SMALLER       L > θ₀ and U < θ₀ + δ
        REFUTED       U < θ₀ + δ, and not L > θ₀
        INCONCLUSIVE  otherwise

    `slack` is for evidence without sampling error: the claim is then refuted only below θ₀ − slack,
    because a value between θ₀ − slack and θ₀ may be due to rounding. With an infinite slack nothing
    refutes, as for a certificate that was not found. A criterion has δ or a slack, not both.

    `because` gives the reason for the numbers. `printed_effect` is θ − θ₀ as the paper prints it,
    in the unit of θ; δ must be at most half of it, unless the form is an analogue. An `expected`
    verdict other than CONFIRMED needs an `expected_reason`. `power_at` is the θ at which power is
    computed, by default θ₀ + δ; for a margin it is the value of no difference. `licenses` may say
    what else follows from the form.
    """

    because: str
    licenses: str = ""
    null: float = 0.0
    smallest_effect: float = 0.0
    slack: float = 0.0
    alpha: float = 0.01
    power_at: float | None = None
    printed_effect: float | None = None
    expected: Verdict = "CONFIRMED"
    expected_reason: str = ""
    deviations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_one_of("expected verdict", self.expected, Verdict)
        if (self.expected == "CONFIRMED") != (not self.expected_reason):
            raise SpecError(
                "An expected verdict other than CONFIRMED needs a reason, and CONFIRMED none; got "
                f"expected={self.expected!r} with reason {self.expected_reason!r}."
            )
        _require_numbers(self)
        _require_possible(self)

    @property
    def refutation_line(self) -> float:
        """The line θ₀ + δ − slack; an upper bound below it says that θ is smaller than claimed."""
        return self.null + self.smallest_effect - self.slack

    @property
    def alternative(self) -> float | None:
        """The θ at which power is computed; None if neither `power_at` nor δ is given."""
        if self.power_at is not None:
            return self.power_at
        return self.refutation_line if self.smallest_effect > 0 else None

    @property
    def resolves_print(self) -> bool:
        """Whether δ is at most half of the printed effect; true if no effect is printed."""
        return self.printed_effect is None or self.smallest_effect <= self.printed_effect / 2


def _require_numbers(criterion: Criterion) -> None:
    for name in ("null", "smallest_effect", "alpha", "power_at", "printed_effect"):
        value = getattr(criterion, name)
        if value is not None and not _finite(value):
            raise SpecError(f"{name} of a criterion is a finite number; got {value!r}.")


def _require_possible(criterion: Criterion) -> None:
    """Raise SpecError for numbers that contradict each other or are out of range."""
    if criterion.smallest_effect < 0:
        raise SpecError(
            f"The smallest effect δ is 0 or larger; got {criterion.smallest_effect}. Orient θ so "
            "that larger is truer, with `opposite` where the claim is that something is small."
        )
    if (
        math.isnan(criterion.slack)
        or criterion.slack < 0
        or (criterion.slack and criterion.smallest_effect)
    ):
        raise SpecError(
            "A slack is 0 or larger and stands alone, without a smallest effect; got slack="
            f"{criterion.slack} with smallest_effect={criterion.smallest_effect}. Leave one out."
        )
    if not 0 < criterion.alpha < 0.5:
        raise SpecError(f"α lies between 0 and 0.5; got {criterion.alpha}. The suite uses 0.01.")
    if criterion.power_at is not None and not criterion.power_at > criterion.null:
        raise SpecError(
            f"Power is computed where the claim is true, above θ₀ = {criterion.null:g}; got "
            f"power_at={criterion.power_at:g}. Give a value of θ that the claim means."
        )
    if criterion.printed_effect is not None and not criterion.printed_effect > 0:
        raise SpecError(
            "printed_effect is the printed θ − θ₀ and positive, since larger θ is truer; got "
            f"{criterion.printed_effect:g}. Leave it out where the print goes the other way."
        )


def _finite(value: object) -> bool:
    """Whether a value is a finite real number and not a bool."""
    truth = isinstance(value, bool)
    return not truth and isinstance(value, Real) and math.isfinite(value)


def _require_one_of(what: str, given: object, words: Any) -> None:
    allowed = get_args(words)
    if given not in allowed:
        raise SpecError(
            f"The {what} is one of {', '.join(map(repr, allowed))}; got {given!r}. Use one of them."
        )
