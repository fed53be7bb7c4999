"""A recipe means the same numbers as long as RECIPE_VERSION is the same.

Runs are found in the store by their recipe. If the same recipe came out with other numbers after
a change of the code, old and new runs would be mixed without anyone noticing. So: if these tests
fail on purpose, raise RECIPE_VERSION in dltheory/experiments/run.py and write the numbers anew:

    python -m tests.experiments.reference_recipes
"""

import json

import pytest

from dltheory.experiments.run import RECIPE_VERSION
from tests.experiments.reference_recipes import GOLDEN, RECIPES, trained

REMEDY = (
    "raise RECIPE_VERSION in dltheory/experiments/run.py, then write the numbers anew: "
    "python -m tests.experiments.reference_recipes"
)


@pytest.fixture(scope="module")
def golden():
    return json.loads(GOLDEN.read_text())


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_comes_out_with_the_numbers_of_its_version(name, golden):
    found = trained(RECIPES[name])

    # Another machine may add in another order: single precision over some tens of steps.
    assert found == pytest.approx(golden["numbers"][name], rel=1e-4), REMEDY


def test_the_numbers_belong_to_the_present_version(golden):
    assert golden["recipe_version"] == RECIPE_VERSION, REMEDY
