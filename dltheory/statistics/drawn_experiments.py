"""Many experiments at one look, and on which side of a value their bounds lie.

A simulation asks for no more than that, which for an equivalence takes a fraction of the time of
the bounds themselves.
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
    """Experiments with bounds L and U of θ at any one-sided level α."""

    def above(self, value: float, alpha: float) -> Bools:
        """L > value."""
        ...

    def below(self, value: float, alpha: float) -> Bools:
        """U < value."""
        ...


@dataclass(frozen=True, kw_only=True)
class Turned:
    """The same experiments about −θ, whose bounds are −U and −L."""

    inner: Drawn

    def above(self, value: float, alpha: float) -> Bools:
        """−U > value."""
        return self.inner.below(-value, alpha)

    def below(self, value: float, alpha: float) -> Bools:
        """−L < value."""
        return self.inner.above(-value, alpha)


@dataclass(frozen=True, kw_only=True)
class Together:
    """Experiments of k parts: the smallest L at α, and the smallest U at α/k."""

    parts: Sequence[Drawn]

    def above(self, value: float, alpha: float) -> Bools:
        """Whether the lower bounds of all parts lie above a value."""
        return np.all([part.above(value, alpha) for part in self.parts], axis=0)

    def below(self, value: float, alpha: float) -> Bools:
        """Whether the upper bound of a part lies below a value."""
        strict = alpha / len(self.parts)
        return np.any([part.below(value, strict) for part in self.parts], axis=0)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Successes among so many trials."""

    successes: NDArray[np.int_]
    trials: int

    def above(self, value: float, alpha: float) -> Bools:
        """Whether each exact lower bound of the rate lies above a value."""
        return (self._bounds(alpha)[0] > value)[self.successes]

    def below(self, value: float, alpha: float) -> Bools:
        """Whether each exact upper bound of the rate lies below a value."""
        return (self._bounds(alpha)[1] < value)[self.successes]

    def _bounds(self, alpha: float) -> tuple[Numbers, Numbers]:
        """Those of every number of successes that there can be."""
        return bounds_of_counts(np.arange(self.trials + 1), self.trials, alpha)


@dataclass(frozen=True, kw_only=True)
class Correlated:
    """Pairs over models, a row per experiment."""

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
