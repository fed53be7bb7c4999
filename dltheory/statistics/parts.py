"""Evidence for a claim of several parts that must all hold."""

from dataclasses import dataclass

from dltheory.errors import SpecError
from dltheory.statistics.evidence import Evidence
from dltheory.statistics.interval import Interval, require_level


@dataclass(frozen=True, kw_only=True)
class WeakestEvidence:
    """Evidence about θ = min θᵢ over k parts: a ranking, a reversal, a claim about all setups.

    A confirmation needs no correction, because every part must pass (intersection–union test,
    Berger 1982): lower = min lowerᵢ at α. A refutation of any part has k chances to err, so the
    upper bound has Bonferroni's correction: upper = min upperᵢ at α/k.
    """

    parts: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise SpecError(
                "A claim of several parts needs at least 1 part; got 0. Give each part's evidence."
            )

    @property
    def n(self) -> int:
        """The smallest number of independent units of any part."""
        return min(part.n for part in self.parts)

    @property
    def estimate(self) -> float:
        """The smallest estimate."""
        return min(part.estimate for part in self.parts)

    @property
    def sd(self) -> None:
        """None, because the smallest of several estimates has no Student's t distribution."""
        return

    @property
    def method(self) -> str:
        """The test in words."""
        names = sorted({part.method for part in self.parts})
        return f"all of {len(self.parts)} parts (intersection–union): {'; '.join(names)}"

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers of the part with the smallest estimate."""
        return min(self.parts, key=lambda part: part.estimate).values

    def interval(self, alpha: float) -> Interval:
        """The smallest estimate, the smallest lower bound at α, the smallest upper at α/k."""
        narrow = [part.interval(require_level(alpha)) for part in self.parts]
        wide = [part.interval(alpha / len(self.parts)) for part in self.parts]
        return Interval(
            estimate=self.estimate,
            lower=min(interval.lower for interval in narrow),
            upper=min(interval.upper for interval in wide),
        )

    def p_above(self, null: float) -> float:
        """The largest p-value against θᵢ ≤ null."""
        return max(part.p_above(null) for part in self.parts)

    def p_below(self, bound: float) -> float:
        """k times the smallest p-value against θᵢ ≥ bound, at most 1."""
        return min(1.0, len(self.parts) * min(part.p_below(bound) for part in self.parts))


def weakest(*parts: Evidence) -> WeakestEvidence:
    """Evidence that every part exceeds one common null value.

    If the parts have different null values, subtract them from the parts first.
    """
    return WeakestEvidence(parts=parts)
