"""Words that pilots take away: their residuals show a tail that the judged seeds miss."""

import numpy as np
import pytest

from dltheory.statistics import mean, opposite, planned
from dltheory.statistics.simulated import spread_of
from dltheory.verdicts import judge
from tests.verdicts.made_up import criterion
from tests.verdicts.worlds import ALPHA, ONE_LOOK, THREE_LOOKS, rates

PLAN = planned((12,), ALPHA)
BULK = np.array([0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.1, 1.2, 1.3, 1.4, 0.95, 1.05]) - 0.7
EVEN = np.linspace(-1.0, 1.0, 16)
LEFT = np.concatenate([np.linspace(0.0, 0.5, 14), [-4.0, -6.0]])


def word(values, pilots, turn=lambda e: e):
    found = judge(
        criterion(smallest_effect=0.1),
        turn(mean(values)),
        alpha=PLAN.alpha,
        looks=PLAN,
        pilots=None if pilots is None else spread_of(turn(mean(pilots))),
    )
    return found.verdict, "error rate" in found.qualifiers


def test_a_tail_that_pilots_show_takes_the_word_away():
    assert word(BULK, EVEN / 5) == ("CONFIRMED", False)
    assert word(BULK, LEFT) == ("INCONCLUSIVE", True)


def test_a_tail_on_the_safe_side_takes_no_word_away():
    assert word(BULK, -LEFT) == ("CONFIRMED", False)


def test_the_tail_of_what_is_turned_is_on_the_other_side():
    assert word(-BULK, LEFT, opposite) == ("CONFIRMED", False)
    assert word(-BULK, -LEFT, opposite) == ("INCONCLUSIVE", True)


def test_overwhelming_evidence_keeps_its_word_in_spite_of_a_tail():
    assert word(BULK + 20.0, LEFT) == ("CONFIRMED", False)


def test_a_tail_that_pilots_show_takes_a_refutation_away():
    assert word(-BULK, -LEFT) == ("INCONCLUSIVE", True)
    assert word(-BULK, LEFT) == ("REFUTED", False)


def test_what_a_long_tail_does_is_told_whatever_other_word_would_end_the_plan():
    plan, values = planned(THREE_LOOKS, ALPHA), np.concatenate([BULK[:6], [-1.5, 0.3]])
    errs = {
        judge(
            criterion(smallest_effect=delta), mean(values), alpha=plan.alpha, looks=plan, seeds=8
        ).rates.false_confirm_own_residuals
        for delta in (0.1, 1e6)
    }

    assert len(errs) == 1


@pytest.mark.parametrize("looks", [ONE_LOOK, THREE_LOOKS], ids=str)
def test_a_long_tail_makes_few_words_false_where_pilots_show_it(looks):
    found = rates("mean, lognormal left", looks, "CONFIRMED", 1_000)

    assert found.false <= 1.5 * ALPHA + 3 * found.standard_error
    assert found.withheld > 0.04


@pytest.mark.parametrize("looks", [ONE_LOOK, THREE_LOOKS], ids=str)
def test_without_pilots_a_part_of_the_false_words_of_a_long_tail_is_withheld(looks):
    found = rates("mean, lognormal left, no pilots", looks, "CONFIRMED", 1_000)

    assert found.withheld > 0.015
    assert found.false < 0.06  # bounds alone: 0.11 at one look, 0.07 at three
