"""How often `judge` itself is wrong at the edges of its rule, on simulated experiments.

The worlds stand in `tests/verdicts/worlds.py`, which prints the whole table; docs/verdicts.md keeps
it. Here each world is drawn a few hundred times: enough to notice a rule that errs far more often
than α = 0.01 says.
"""

import pytest

from tests.verdicts.worlds import ALPHA, ONE_LOOK, WORLDS, rates

EXPERIMENTS = 1_000
NOT_KEPT = [name for name in WORLDS if "no pilots" in name or name.startswith("seeds and images, ")]
KEPT = [name for name in WORLDS if name not in NOT_KEPT]


@pytest.mark.parametrize("word", ["CONFIRMED", "REFUTED"])
@pytest.mark.parametrize("name", KEPT)
def test_no_word_is_false_much_more_often_than_stated(name, word):
    found = rates(name, WORLDS[name].looks[-1], word, EXPERIMENTS)

    assert found.false <= 1.5 * ALPHA + 3 * found.standard_error


def test_a_tail_on_the_safe_side_makes_no_word_false():
    assert rates("mean, lognormal right", ONE_LOOK, "CONFIRMED", EXPERIMENTS).false <= ALPHA
