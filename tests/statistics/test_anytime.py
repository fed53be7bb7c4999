"""Bounds that are valid at any number of seeds."""

import numpy as np
import pytest

from dltheory.errors import SpecError
from dltheory.statistics import anytime, mean, success_rate, worst_case

LEVEL = 0.05


def test_exact_evidence_stays_as_it_is():
    evidence = worst_case([0.5, 2.0])

    assert anytime(evidence) is evidence


def test_rates_are_refused_with_what_to_do():
    with pytest.raises(SpecError, match="Plan more looks"):
        anytime(success_rate([True, False, True]))


def ever_above_zero(values, bounds):
    """Whether the lower bound lies above 0 after any number of seeds from 4 on."""
    return any(bounds(mean(values[:n])).interval(LEVEL).lower > 0 for n in range(4, 41, 4))


@pytest.fixture(scope="module")
def experiments():
    """400 experiments of 40 seeds in which nothing is to be found."""
    return np.random.default_rng(5).standard_normal((400, 40))


def test_looking_again_and_again_errs_no_more_often_than_its_level(experiments):
    wrong = np.mean([ever_above_zero(values, anytime) for values in experiments])

    assert wrong <= LEVEL


def test_the_bounds_of_one_look_would_err_more_often(experiments):
    wrong = np.mean([ever_above_zero(values, lambda evidence: evidence) for values in experiments])

    assert wrong > 2 * LEVEL
