"""How often `judge` itself is wrong at the edges of its rule, on simulated experiments.

The worlds stand in `tests/verdicts/worlds.py`, which prints the whole table; docs/verdicts.md keeps
it. Here each world is drawn a few hundred times: enough to notice a rule that errs far more often
than α = 0.01 says.
"""

import pytest

from tests.verdicts.worlds import ALPHA, ONE_LOOK, THREE_LOOKS, WORLDS, rates

EXPERIMENTS = 1_000
SKEWED = [name for name in WORLDS if "lognormal" in name]
FAIR = [name for name in WORLDS if name not in SKEWED]


@pytest.mark.parametrize("word", ["CONFIRMED", "REFUTED"])
@pytest.mark.parametrize("name", FAIR)
def test_no_word_is_false_much_more_often_than_stated(name, word):
    found = rates(name, WORLDS[name].looks[-1], word, EXPERIMENTS)

    assert found.false <= 1.5 * ALPHA + 3 * found.standard_error


@pytest.mark.parametrize("looks", [ONE_LOOK, THREE_LOOKS], ids=str)
def test_most_false_words_of_a_long_tail_are_withheld_at_one_look(looks):
    found = rates("mean, lognormal left", looks, "CONFIRMED", EXPERIMENTS)

    assert found.withheld > 0.01
    assert found.false < 0.075  # bounds alone: 0.11 at one look, 0.07 to 0.10 at three


def test_a_tail_on_the_safe_side_makes_no_word_false():
    assert rates("mean, lognormal right", ONE_LOOK, "CONFIRMED", EXPERIMENTS).false <= ALPHA
