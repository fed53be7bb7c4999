"""The worst case that Hypothesis can find: identities and bounds look for their own refutation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis.strategies import SearchStrategy

Case = TypeVar("Case")


def worst(
    measure: Callable[[Case], float],
    over: SearchStrategy[Case],
    *,
    seed_value: int,
    examples: int,
) -> tuple[float, Case]:
    """The largest value of `measure` over this many cases, and the case.

    Hypothesis first draws cases, then climbs towards larger values. The same seed draws the same
    cases with the same version of Hypothesis; nothing is remembered between calls.
    """
    found: list[tuple[float, Case]] = []

    @seed(seed_value)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.target),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(over)
    def climb(case: Case) -> None:
        value = measure(case)
        target(value)
        found.append((value, case))

    climb()
    return max(found, key=lambda pair: pair[0])
