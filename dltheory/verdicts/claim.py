"""What is claimed, by whom and where, and what would count for and against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dltheory.errors import SpecError

Verdict = Literal["CONFIRMED", "REFUTED", "INCONCLUSIVE"]

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
    """A paper; its printed numbers stand beside it in the same file, as strings."""

    key: str
    title: str
    authors: str
    venue: str
    year: int
    version: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One assertion of a paper in our own words, its place, and the estimand that settles it.

    `row` is its name within the paper; `refuted_if` says in words what would refute it.
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

    @property
    def id(self) -> str:
        """<citation key>/<row>."""
        return f"{self.paper.key}/{self.row}"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """When a form of a claim is confirmed and when it is refuted, fixed before any run.

    With θ oriented so that larger is truer and one-sided bounds L, U at level α: CONFIRMED if
    L > null; REFUTED if U < null + smallest_effect; INCONCLUSIVE otherwise. `because` gives the
    reason for the two numbers, `licenses` one sentence on what this form allows one to say.

    An `expected` verdict other than CONFIRMED stands here with its reason. `power_at` is where
    power is computed: by default at the smallest effect; for margins, at no difference.
    """

    because: str
    licenses: str
    null: float = 0.0
    smallest_effect: float = 0.0
    alpha: float = 0.01
    power_at: float | None = None
    expected: Verdict = "CONFIRMED"
    expected_reason: str = ""
    deviations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.expected == "CONFIRMED") != (not self.expected_reason):
            raise SpecError(
                "An expected verdict other than CONFIRMED needs a reason, and CONFIRMED none; got "
                f"expected={self.expected!r} with reason {self.expected_reason!r}."
            )
        if not 0 < self.alpha < 0.5:
            raise SpecError(f"α lies between 0 and 0.5; got {self.alpha}. The suite uses 0.01.")

    @property
    def refutation_line(self) -> float:
        """null + smallest_effect: an upper bound below it refutes."""
        return self.null + self.smallest_effect
