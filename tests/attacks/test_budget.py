import sys
from subprocess import run

import pytest

from dltheory.attacks import Budget, budget
from dltheory.errors import SpecError
from tests.mutation import mutant

REFUSED = {
    r"finite epsilon of at least 0.*got -0\.1": {"epsilon": -0.1},
    r"finite epsilon of at least 0.*got inf": {"epsilon": float("inf")},
    r"finite step of at least 0.*got nan": {"step": float("nan")},
    r"got 0 steps and 1 restarts": {"steps": 0},
    r"got 20 steps and 0 restarts": {"restarts": 0},
    r"got 2 restarts and random_start=False": {"restarts": 2, "random_start": False},
    r"low end below its high end; got \(1\.0, 1\.0\)": {"box": (1.0, 1.0)},
    r"got mean \(0\.5,\) and std \(\)": {"mean": (0.5,)},
    r"got mean \(0\.5,\) and std \(0\.0,\)": {"mean": (0.5,), "std": (0.0,)},
    r"got mean \(0\.5,\) and std \(nan,\)": {"mean": (0.5,), "std": (float("nan"),)},
    r"got mean \(inf,\) and std \(1\.0,\)": {"mean": (float("inf"),), "std": (1.0,)},
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_budget_that_makes_no_sense_is_refused(message):
    with pytest.raises(SpecError, match=message):
        Budget(**REFUSED[message])


def test_an_unknown_norm_is_refused():
    unchecked = mutant(budget, "class Budget", "class Budget")  # beartype would be faster

    with pytest.raises(SpecError, match="norms linf, l2; got 'l1'"):
        unchecked.Budget(norm="l1")


def test_the_defaults_are_those_of_the_evaluation_in_goldblum2020truth():
    default = Budget()

    assert (default.norm, default.epsilon, default.step, default.steps) == (
        "linf",
        8 / 255,
        2 / 255,
        20,
    )
    assert (default.restarts, default.random_start, default.box) == (1, True, (0.0, 1.0))


def test_a_single_step_spends_the_whole_budget_from_the_image_itself():
    single = Budget(epsilon=0.3, step=0.01, restarts=5, mean=(0.5,), std=(0.2,)).single_step()

    expected = {"step": 0.3, "steps": 1, "restarts": 1, "random_start": False}
    assert single == Budget(epsilon=0.3, mean=(0.5,), std=(0.2,), **expected)


def test_a_budget_can_be_written_down_without_torch():
    code = "import sys, dltheory.attacks; sys.exit('torch' in sys.modules)"

    assert run([sys.executable, "-c", code], check=False).returncode == 0
