"""What pilots saw of the errors, put beside those of the seeds that are judged."""

import numpy as np
import pytest

from dltheory.statistics import (
    correlation,
    equivalence,
    mean,
    opposite,
    over_seeds_and_images,
    unpaired_difference,
    weakest,
    worst_case,
)
from dltheory.statistics.pilot_spread import joined, show_tails, widened
from dltheory.statistics.simulated import spread_of

DRAW = np.random.default_rng(0)
CALM, WILD = DRAW.normal(1.0, 1.0, 8), DRAW.normal(1.0, 5.0, 16)
TABLE, WILD_TABLE = DRAW.normal(1.0, 1.0, (8, 5)), DRAW.normal(1.0, 5.0, (16, 5))

SHAPES = {
    "mean": mean,
    "opposite": lambda x: opposite(mean(x)),
    "equivalence": lambda x: equivalence(mean(x), margin=30.0),
    "Welch": lambda x: unpaired_difference(x, 0.5 * x),
    "weakest": lambda x: weakest(mean(x), worst_case([1.0]), mean(x + 1.0)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_residuals_of_seeds_and_pilots_stand_side_by_side(shape):
    judged, pilots = (spread_of(SHAPES[shape](x)) for x in (CALM, WILD))

    def count(spread):
        inner = getattr(spread, "inner", getattr(spread, "parts", [spread])[0])
        residuals = inner.residuals
        return len(residuals[0]) if isinstance(residuals[0], tuple) else len(residuals)

    assert count(joined(judged, pilots)) == 24


@pytest.mark.parametrize("shape", SHAPES)
def test_pilots_that_vary_more_make_p_values_larger(shape):
    evidence = SHAPES[shape](CALM)

    wide = widened(evidence, spread_of(SHAPES[shape](WILD)))

    assert wide.p_above(-2.0) > evidence.p_above(-2.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_pilots_that_vary_less_change_nothing(shape):
    evidence = SHAPES[shape](WILD)

    wide = widened(evidence, spread_of(SHAPES[shape](CALM)))

    for value in (-3.0, 0.0, 2.0):
        assert wide.p_above(value) == pytest.approx(evidence.p_above(value), rel=1e-9)
        assert wide.p_below(value) == pytest.approx(evidence.p_below(value), rel=1e-9)


def test_the_seeds_of_a_table_vary_as_those_of_seeds_and_pilots_together():
    evidence, pilots = over_seeds_and_images(TABLE), over_seeds_and_images(WILD_TABLE)

    assert widened(evidence, spread_of(pilots)).p_above(0.0) > evidence.p_above(0.0)
    assert widened(pilots, spread_of(evidence)).p_above(0.0) == pytest.approx(pilots.p_above(0.0))


def test_the_deviation_is_that_of_seeds_and_pilots_together():
    wide = widened(mean(CALM), spread_of(mean(WILD)))

    both = np.sqrt((7 * CALM.var(ddof=1) + 15 * WILD.var(ddof=1)) / 22)
    assert wide.standard_error == pytest.approx(both / np.sqrt(8))


def test_seeds_that_all_agree_stay_undecided():
    assert widened(mean([2.0] * 8), spread_of(mean(WILD))).p_above(0.0) == 1.0


@pytest.mark.parametrize("pilots", [mean(WILD[:15]), correlation(CALM, CALM**2)])
def test_few_pilots_and_those_of_no_mean_show_no_tails(pilots):
    assert not show_tails(spread_of(pilots))


@pytest.mark.parametrize("shape", SHAPES)
def test_sixteen_pilots_show_tails(shape):
    assert show_tails(spread_of(SHAPES[shape](WILD)))
    assert not show_tails(spread_of(SHAPES[shape](WILD[:15])))
