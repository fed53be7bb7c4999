"""Faults in the toy example and in the audit of liu2020bad's tables: each must turn a verdict."""

import numpy as np
import pytest

from claims.liu2020bad import table_1, table_2, test_table_audit, toy
from claims.liu2020bad.test_table_audit import test_the_tables_bear_out_the_text as audit
from claims.liu2020bad.test_toy import test_the_toy_margins_go_down_and_come_back as toy_claim
from dltheory.statistics import Cell
from tests.claims.planted import verdict

ARM = "two clouds"


def spoilt(what, setting, change):
    return {(f"{what}, {setting}", ARM): change}


@pytest.mark.parametrize(
    "change",
    [
        spoilt("smallest margin", "setting 2", lambda margins: margins * 0 + 1),
        spoilt("smallest margin", "setting 3", lambda margins: margins * 10),
        spoilt("smallest margin", "setting 4", lambda margins: margins / 10),
        spoilt("smallest margin", "setting 1", lambda margins: margins / 3),
        spoilt("smallest margin", "another start", lambda margins: margins / 3),
        spoilt("train accuracy", "setting 3", lambda shares: shares - 0.01),
        spoilt("share found by bisection", "setting 1", lambda shares: shares / 2),
    ],
)
def test_margins_that_do_not_go_down_and_come_back_are_not_confirmed(change):
    # What leaves the claim open is how much Setting 3 varies; all alike, it would be confirmed.
    alike = spoilt("smallest margin", "setting 3", lambda margins: np.full_like(margins, 0.24))

    assert verdict(toy_claim, "fast", change=alike) == "CONFIRMED"
    assert verdict(toy_claim, "fast", change=alike | change) != "CONFIRMED"


def test_the_distance_to_a_straight_boundary_is_the_distance():
    line = np.array([[1.0, -1.0], [0.0, 0.0]]), np.zeros(2), np.eye(2), np.zeros(2)
    weights = (*line, np.array([[1.0], [-1.0]]), np.zeros(1))  # decides by the sign of x
    points = np.array([[0.5, 0.3], [-0.2, 1.0]])

    grid = toy._grid_margins(weights, points)

    assert toy._logits(weights, points).tolist() == [0.5, -0.2]
    np.testing.assert_allclose(grid, [0.5, 0.2], atol=0.01)


def test_the_gradients_are_those_of_finite_differences():
    draws = np.random.default_rng(0)
    points, labels = draws.standard_normal((6, 2)), np.array([0.0, 1, 1, 0, 1, 0])
    weights = tuple(draws.standard_normal(s) for s in ((2, 4), (4,), (4, 3), (3,), (3, 1), (1,)))

    def loss(changed):
        logits = toy._logits(changed, points)
        return np.mean(np.logaddexp(0, logits) - labels * logits)

    gradients, _ = toy._gradients(weights, points, labels)
    for place, gradient in enumerate(gradients):
        for index in np.ndindex(gradient.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = [w.copy() for w in weights]
                moved[place][index] += step
                sides.append(loss(moved))
            assert gradient[index] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-6)


# ── the audit ─────────────────────────────────────────────────────────────────────────────────────


def reprinted(monkeypatch, cells):
    """Table 2 with some adversarial cells printed otherwise."""
    rows = {
        name: row._replace(adversarial=cells[name]) if name in cells else row
        for name, row in table_2.BY_NAME.items()
    }
    monkeypatch.setattr(test_table_audit, "BY_NAME", rows)
    monkeypatch.setattr(test_table_audit, "ROWS", tuple(rows.values()))


def test_a_mean_that_cannot_be_is_found(monkeypatch):
    reprinted(monkeypatch, {"vanilla": Cell(mean="56.023", error="0.883", n=5)})

    assert verdict(audit, "static-can-be") == "REFUTED"


def test_a_table_in_which_each_heuristic_falls_short_bears_it_out(monkeypatch):
    low = Cell(mean="80.000", error="0.100", n=5)
    reprinted(monkeypatch, {"DA": low, "ℓ2": low, "momentum": low})

    assert verdict(audit, "static-falls-short") == "CONFIRMED"


def test_a_table_in_which_the_bad_start_ends_higher_does_not_fall_short(monkeypatch):
    high = Cell(mean="99.000", error="0.100", n=5)
    reprinted(monkeypatch, {"DA": high, "ℓ2": high, "momentum": high})

    assert verdict(audit, "static-falls-short") == "REFUTED"


def test_a_far_row_from_a_random_start_is_found(monkeypatch):
    far = (table_1.ROWS[0]._replace(random_to_vanilla="0.510"), *table_1.ROWS[1:])
    monkeypatch.setattr(test_table_audit, "DISTANCES", far)

    assert verdict(audit, "static-about-0.9") == "REFUTED"


def test_a_table_in_which_two_heuristics_agree_bears_it_out(monkeypatch):
    same = {name: table_2.BY_NAME[name].random for name in test_table_audit.TWO}
    reprinted(monkeypatch, same)

    assert verdict(audit, "static-irrelevant") == "CONFIRMED"


def test_a_table_in_which_no_gap_shows_decides_nothing(monkeypatch):
    reprinted(monkeypatch, {"vanilla": table_2.BY_NAME["vanilla"].random})

    assert verdict(audit, "static-falls-short") == "INCONCLUSIVE"


def test_a_table_without_far_rows_bears_the_distance_out(monkeypatch):
    near = tuple(row for row in table_1.ROWS if row.model != "DenseNet-40")
    monkeypatch.setattr(test_table_audit, "DISTANCES", near)

    assert verdict(audit, "static-about-0.2") == "CONFIRMED"
