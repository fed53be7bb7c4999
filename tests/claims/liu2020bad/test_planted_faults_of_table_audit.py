"""Faults planted in the tables of liu2020bad: each must turn the audit's verdict."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from claims.liu2020bad import table_1, table_2, test_table_audit
from claims.liu2020bad.distance_geometry import possible
from claims.liu2020bad.test_table_audit import test_the_tables_bear_out_the_text as audit
from dltheory.statistics import Cell
from tests.claims.planted import verdict


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
    exact = Cell(mean="94.000", error="0.010", n=5)
    rows = {name: table_2.BY_NAME[name]._replace(random=exact) for name in test_table_audit.TWO}
    monkeypatch.setattr(table_2, "BY_NAME", table_2.BY_NAME | rows)
    reprinted(monkeypatch, dict.fromkeys(rows, exact))

    assert verdict(audit, "static-irrelevant") == "CONFIRMED"


def test_a_table_in_which_two_heuristics_leave_a_large_gap_does_not(monkeypatch):
    reprinted(monkeypatch, {"DA + ℓ2": Cell(mean="80.000", error="0.100", n=5)})

    assert verdict(audit, "static-irrelevant") == "REFUTED"


def test_gaps_that_print_does_not_tell_from_chance_are_open():
    assert verdict(audit, "static-falls-short") == "INCONCLUSIVE"
    assert verdict(audit, "static-irrelevant") == "INCONCLUSIVE"


def test_a_training_set_that_is_not_fitted_is_found(monkeypatch):
    short = {"adversarial_train": Cell(mean="99.900", error="0.003", n=5)}
    rows = tuple(row._replace(**short) if row.name == "DA" else row for row in table_2.ROWS)
    monkeypatch.setattr(test_table_audit, "ROWS", rows)

    assert verdict(audit, "static-fits") == "REFUTED"


def test_a_word_that_hangs_on_one_row_is_not_said(monkeypatch):
    """Nine rows of sixteen at 7, and eight at 7.5."""
    ratios = [20.0] * 8 + [7.2] + [2.0] * 7
    rows = tuple(
        row._replace(random_to_sota="1.000", adversarial_to_sota=f"{ratio:.3f}")
        for row, ratio in zip(table_1.ROWS, ratios, strict=True)
    )
    monkeypatch.setattr(test_table_audit, "DISTANCES", rows)

    assert verdict(audit, "static-nearly-ten") == "INCONCLUSIVE"


def test_a_table_in_which_no_gap_shows_decides_nothing(monkeypatch):
    reprinted(monkeypatch, {"vanilla": table_2.BY_NAME["vanilla"].random})

    assert verdict(audit, "static-falls-short") == "INCONCLUSIVE"


def test_a_table_without_far_rows_bears_the_distance_out(monkeypatch):
    near = tuple(row for row in table_1.ROWS if row.model != "DenseNet-40")
    monkeypatch.setattr(test_table_audit, "DISTANCES", near)

    assert verdict(audit, "static-about-0.2") == "CONFIRMED"


def test_a_table_in_which_sota_goes_no_farther_from_a_bad_start_is_found(monkeypatch):
    near = tuple(row._replace(adversarial_to_sota=row.random_to_sota) for row in table_1.ROWS)
    monkeypatch.setattr(test_table_audit, "DISTANCES", near)

    assert verdict(audit, "static-nearly-ten") == "REFUTED"


def test_distances_of_no_four_points_are_found(monkeypatch):
    torn = (*table_1.ROWS[:-1], table_1.ROWS[-1]._replace(adversarial_to_sota="0.500"))
    monkeypatch.setattr(test_table_audit, "DISTANCES", torn)

    assert verdict(audit, "static-triangles") == "REFUTED"


@given(arrays(float, (4, 6), elements=st.floats(-1, 1)))
def test_distances_of_four_points_are_possible(points):
    assume((np.linalg.norm(points, axis=1) > 0.01).all())
    random, bad, vanilla, sota = points

    def printed(first, second):
        return f"{np.linalg.norm(first - second) / np.linalg.norm(second):.3f}"

    row = table_1.ROWS[0]._replace(
        random_to_adversarial=printed(random, bad),
        random_to_adversarial_vanilla=printed(random, vanilla),
        random_to_adversarial_sota=printed(random, sota),
        adversarial_to_vanilla=printed(bad, vanilla),
        adversarial_to_sota=printed(bad, sota),
    )

    assert possible(row)
