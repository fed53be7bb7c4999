"""Many simulated experiments at one look: which of their bounds lie above or below a value.

A simulation only needs these comparisons. For an equivalence they take a fraction of the time that
the bounds themselves take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dltheory.statistics.correlations import bounds_of_correlations
from dltheory.statistics.rates import bounds_of_counts
from dltheory.statistics.standard_error import Bools, Numbers


class Drawn(Protocol):
    """Experiments that have a lower bound L and an upper bound U of θ at any one-sided level α."""

    def above(self, value: float, alpha: float) -> Bools:
        """Whether L > value, for each experiment."""
        ...

    def below(self, value: float, alpha: float) -> Bools:
        """Whether U < value, for each experiment."""
        ...


@dataclass(frozen=True, kw_only=True)
class Turned:
    """The same experiments about −θ, whose bounds are −U and −L."""

    inner: Drawn

    def above(self, value: float, alpha: float) -> Bools:
        """Whether −U > value, for each experiment."""
        return self.inner.below(-value, alpha)

    def below(self, value: float, alpha: float) -> Bools:
        """Whether −L < value, for each experiment."""
        return self.inner.above(-value, alpha)


@dataclass(frozen=True, kw_only=True)
class Together:
    """Experiments of k parts. L is the smallest L at α, and U is the smallest U at α/k."""

    parts: Sequence[Drawn]

    def above(self, value: float, alpha: float) -> Bools:
        """Whether the lower bounds of all parts lie above a value."""
        return np.all([part.above(value, alpha) for part in self.parts], axis=0)

    def below(self, value: float, alpha: float) -> Bools:
        """Whether the upper bound of at least one part, at α/k, lies below a value."""
        strict = alpha / len(self.parts)
        return np.any([part.below(value, strict) for part in self.parts], axis=0)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The number of successes among `trials` trials, one for each experiment."""

    successes: NDArray[np.int_]
    trials: int

    def above(self, value: float, alpha: float) -> Bools:
        """Whether each exact lower bound of the rate lies above a value."""
        return (self._bounds(alpha)[0] > value)[self.successes]

    def below(self, value: float, alpha: float) -> Bools:
        """Whether each exact upper bound of the rate lies below a value."""
        return (self._bounds(alpha)[1] < value)[self.successes]

    def _bounds(self, alpha: float) -> tuple[Numbers, Numbers]:
        """The bounds for each possible number of successes, from 0 to `trials`."""
        return bounds_of_counts(np.arange(self.trials + 1), self.trials, alpha)


@dataclass(frozen=True, kw_only=True)
class Correlated:
    """Pairs (x, y) over models; each row is one experiment, and each column is one model."""

    x: Numbers
    y: Numbers
    ranks: bool
    _known: dict[float, tuple[Numbers, Numbers]] = field(default_factory=dict, repr=False)

    def above(self, value: float, alpha: float) -> Bools:
        """Whether each lower bound of the correlation lies above a value."""
        return self._bounds(alpha)[0] > value

    def below(self, value: float, alpha: float) -> Bools:
        """Whether each upper bound of the correlation lies below a value."""
        return self._bounds(alpha)[1] < value

    def _bounds(self, alpha: float) -> tuple[Numbers, Numbers]:
        if alpha not in self._known:
            self._known[alpha] = bounds_of_correlations(self.x, self.y, alpha, ranks=self.ranks)
        return self._known[alpha]
