"""Which looks are still needed, found out for all claims before the first is told.

Claims are judged one after another, and a claim that its first look leaves open needs more runs.
Made claim by claim, they would leave all processes but one with nothing to do. So claims are looked
at ahead, without a word to anybody, and what all open ones need for their next look is made at
once. The claim itself is judged when its turn comes, by the same rule on the same numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from dltheory.plugin.trial import Trial

_OUTCOMES = (pytest.skip.Exception, pytest.xfail.Exception, pytest.fail.Exception)


@dataclass(kw_only=True)
class Ahead:
    """A trial of one claim on one block of seeds, held ahead of its turn."""

    item: pytest.Function
    trial: Trial

    @property
    def can_be_held(self) -> bool:
        """Whether its test asks for nothing that only pytest can give it."""
        return set(self.item._fixtureinfo.argnames) <= self.trial.gives.keys()

    def is_open(self) -> bool:
        """Whether the present look leaves the claim open, so that it goes on to the next.

        A test that fails is not open: it is told why when its turn comes.
        """
        with warnings.catch_warnings(), suppress(Exception, *_OUTCOMES):
            warnings.simplefilter("ignore")
            return not self.trial.look_at(lambda: self.item.obj(**self._arguments()))
        return False

    def _arguments(self) -> dict[str, Any]:
        given = self.trial.gives
        return {name: given[name] for name in self.item._fixtureinfo.argnames}


def look_ahead(waiting: Sequence[Ahead], make: Callable[[Sequence[Trial]], None]) -> None:
    """Make what open claims need for their next look, of all at once, until none is open."""
    left = [one for one in waiting if one.can_be_held and len(one.trial.looks) > 1]
    while left:
        left = [one for one in left if one.is_open()]
        for one in left:
            one.trial.look += 1
        if left:
            make([one.trial for one in left])
