"""The worst case that Hypothesis can find: identities and bounds look for their own refutation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis.internal.conjecture import providers
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

    with _blind_to_source():
        climb()
    return max(found, key=lambda pair: pair[0])


@contextmanager
def _blind_to_source() -> Iterator[None]:
    """Draw none of the numbers that Hypothesis collects from the source of loaded modules.

    Which are loaded differs from process to process, and with it the cases of a seed would.
    """
    nothing = providers.Constants()
    with (
        patch.object(providers, "_get_local_constants", lambda: nothing),
        patch.object(providers, "CONSTANTS_CACHE", {}),
    ):
        yield
