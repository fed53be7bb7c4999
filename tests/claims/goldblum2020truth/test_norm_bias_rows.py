"""The recipes of Tables 2, 3 and 8 belong to their printed rows, and cards show both."""

import numpy as np
import pytest

from claims.goldblum2020truth import beside_print
from claims.goldblum2020truth.norm_bias_rows import CASES, SETTINGS
from claims.goldblum2020truth.paper import NORM_BIAS_ROWS, T2, T8
from claims.goldblum2020truth.recipes import DECAY, NO_PENALTY, NORM_BIAS
from dltheory.statistics import paired_difference

NAMES = {
    "ResNet": "ResNet-18",
    "DenseNet": "DenseNet-40",
    "MobileNetV2": "MobileNetV2",
    "FixupResNet": "Fixup ResNet-20",
    "MLP": "MLP",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_recipe_is_that_of_the_row_it_stands_beside(name):
    row = SETTINGS[name]

    assert NAMES[type(row.training.model).__name__] == row.printed.model
    assert (row.training.data.classes == 100) == (row.printed.table == T8)
    assert row.training.data.normalised == (row.printed.table != T2)


def test_every_printed_row_has_its_recipe():
    assert [row.printed for row in SETTINGS.values()] == list(NORM_BIAS_ROWS)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_case_of_the_code_differs_by_its_gradient_alone(name):
    paper, code = (row.arms(as_in) for row, as_in in (CASES[name], CASES[f"{name}-code"]))

    assert {arm for arm in paper if paper[arm] != code[arm]} == {NORM_BIAS}
    assert [arms[NORM_BIAS].penalty.as_in for arms in (paper, code)] == ["formula", "code"]


def test_what_the_paper_leaves_open_is_listed():
    fine, mlp = (SETTINGS[name].deviations for name in ("densenet40-cifar100", "mlp"))

    assert [any(word in d for d in fine) for word in ("528", "256", "statistics")] == [True] * 3
    assert [any(word in d for d in mlp) for word in ("2000", "2048", "0.0001")] == [True] * 3


def test_cards_show_printed_cells_beside_what_was_measured():
    row = SETTINGS["resnet18"]
    accuracy = {
        NO_PENALTY: np.array([0.93, 0.94]),
        DECAY: np.array([0.945, 0.946]),
        NORM_BIAS: np.array([0.947, 0.949]),
    }
    gain = paired_difference(accuracy[NORM_BIAS], accuracy[DECAY])

    card = beside_print.accuracies(row, accuracy)
    difference = beside_print.difference(row, NORM_BIAS, DECAY, gain)

    assert card["tables"][0]["rows"][2] == [NORM_BIAS, "94.99 ± 0.05", 94.8, 0.1]
    assert card["plots"][0]["arms"][2]["printed"] == pytest.approx(0.9499)
    assert difference["printed"] == ("+0.0023", "Table 3 (CIFAR-10), as a fraction")
    assert difference["magnitude"].verdict == "consistent"
