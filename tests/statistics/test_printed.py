"""Printed tables: rounding intervals, and Welch's test recomputed from means and errors.

The table is that of "Truth or Backpropaganda" (Goldblum et al. 2020), norm-bias against weight
decay, mean ± standard error over ten runs: Tables 2, 3 and 8.
"""

import math

import numpy as np
import pytest
from scipy import stats

from dltheory.errors import SpecError
from dltheory.statistics import (
    READINGS,
    Cell,
    Printed,
    holm,
    readings_that_turn,
    welch_from_printed,
)

# row: norm-bias, weight decay, then difference, t, df, p and Holm's p over the eleven rows
TABLE = {
    "T2 ResNet-18": (("94.86", "0.05"), ("94.06", "0.07"), 0.80, 9.30, 16.3, 6.4e-8, 7e-7),
    "T2 DenseNet-40": (("92.49", "0.06"), ("92.27", "0.06"), 0.22, 2.59, 18.0, 0.018, 0.11),
    "T2 MobileNetV2": (("93.50", "0.09"), ("92.88", "0.09"), 0.62, 4.87, 18.0, 1.2e-4, 1.1e-3),
    "T3 ResNet-18": (("94.99", "0.05"), ("94.76", "0.03"), 0.23, 3.94, 14.7, 1.3e-3, 0.011),
    "T3 DenseNet-40": (("92.46", "0.04"), ("92.26", "0.06"), 0.20, 2.77, 15.7, 0.014, 0.096),
    "T3 MobileNetV2": (("93.64", "0.03"), ("93.64", "0.05"), 0.00, 0.00, 14.7, 1.00, 1.0),
    "T3 Fixup-20": (("91.55", "0.07"), ("91.42", "0.04"), 0.13, 1.61, 14.3, 0.13, 0.64),
    "T3 MLP": (("59.13", "0.09"), ("58.95", "0.07"), 0.18, 1.58, 17.0, 0.13, 0.64),
    "T8 ResNet-18": (("75.90", "0.16"), ("74.66", "0.17"), 1.24, 5.31, 17.9, 4.8e-5, 4.8e-4),
    "T8 DenseNet-40": (("69.24", "0.11"), ("68.98", "0.25"), 0.26, 0.95, 12.4, 0.36, 0.72),
    "T8 Fixup-20": (("65.58", "0.17"), ("65.08", "0.30"), 0.50, 1.45, 14.2, 0.17, 0.64),
}


def ten_runs(mean, error):
    return Cell(mean=mean, error=error, n=10)


FOUND = {
    row: welch_from_printed(ten_runs(*cells[0]), ten_runs(*cells[1]))
    for row, cells in TABLE.items()
}
ADJUSTED = dict(zip(FOUND, holm([found.p for found in FOUND.values()]), strict=True))
rows = pytest.mark.parametrize("row", TABLE)


@pytest.mark.parametrize(
    ("text", "value", "decimals", "low", "high"),
    [
        ("94.06", 94.06, 2, 94.055, 94.065),
        ("94.060", 94.06, 3, 94.0595, 94.0605),
        ("10", 10.0, 0, 9.5, 10.5),
        ("0.00", 0.0, 2, -0.005, 0.005),
        (".07", 0.07, 2, 0.065, 0.075),
        ("−0.5", -0.5, 1, -0.55, -0.45),
        (" 1.000 ", 1.0, 3, 0.9995, 1.0005),
    ],
)
def test_a_printed_number_stands_for_all_that_round_to_it(text, value, decimals, low, high):
    printed = Printed.parse(text)

    assert (printed.value, printed.decimals, printed.low, printed.high) == (
        value,
        decimals,
        low,
        high,
    )


@pytest.mark.parametrize("text", ["", "94,06", "94.06%", "1e3", "94.", "nan", "94.06 ± 0.07"])
def test_what_is_no_printed_number_is_refused(text):
    with pytest.raises(SpecError, match=r"as '94\.06'; got"):
        Printed.parse(text)


@rows
def test_the_printed_difference_t_and_df_are_recomputed(row):
    found = FOUND[row]

    assert (found.difference, found.t, found.df) == pytest.approx(
        TABLE[row][2:5], abs=0.0501, rel=1e-3
    )


@rows
def test_the_printed_p_is_recomputed(row):
    assert FOUND[row].p == pytest.approx(TABLE[row][5], rel=0.06)


@rows
def test_holm_over_the_printed_rows_is_recomputed(row):
    assert ADJUSTED[row] == pytest.approx(TABLE[row][6], rel=0.06)


def test_four_of_eleven_rows_survive_holm():
    assert sum(p <= 0.05 for p in ADJUSTED.values()) == 4


@rows
def test_rounding_flips_no_row_at_five_per_cent(row):
    found = FOUND[row]

    assert (found.p_low <= 0.05) == (found.p <= 0.05) == (found.p_high <= 0.05)


@pytest.mark.parametrize(
    ("row", "low", "high"), [("T3 MLP", 0.094, 0.178), ("T3 Fixup-20", 0.079, 0.191)]
)
def test_the_range_of_p_over_the_rounding_is_the_one_worked_out(row, low, high):
    assert (FOUND[row].p_low, FOUND[row].p_high) == pytest.approx((low, high), abs=6e-4)


@rows
def test_p_lies_in_its_range(row):
    assert 0.0 <= FOUND[row].p_low <= FOUND[row].p <= FOUND[row].p_high <= 1.0


def test_a_standard_deviation_is_divided_by_root_n():
    a, b = Cell(mean="2.00", error="0.30", n=5), Cell(mean="1.50", error="0.20", n=7)
    oracle = stats.ttest_ind_from_stats(2.0, 0.3, 5, 1.5, 0.2, 7, equal_var=False)

    found = welch_from_printed(a, b, error="standard deviation")

    assert (found.t, found.p) == pytest.approx((oracle.statistic, oracle.pvalue))


def test_a_standard_error_is_taken_as_it_is():
    found = welch_from_printed(ten_runs("2.00", "0.30"), ten_runs("1.50", "0.40"))

    assert found.t == pytest.approx(0.5 / 0.5)


PRINTERS = {
    "standard error": lambda x: x.std(ddof=1) / len(x) ** 0.5,
    "standard deviation": lambda x: x.std(ddof=1),
    "standard error by n": lambda x: x.std() / len(x) ** 0.5,
    "standard deviation by n": lambda x: x.std(),
}


@pytest.mark.parametrize("error", READINGS)
def test_unrounded_numbers_give_the_p_of_the_raw_data_however_they_were_printed(error):
    a, b = np.array([93.1, 94.2, 93.8, 95.0, 94.0]), np.array([92.0, 93.9, 92.1, 91.0])
    cells = [
        Cell(mean=f"{x.mean():.12f}", error=f"{PRINTERS[error](x):.12f}", n=len(x)) for x in (a, b)
    ]

    found = welch_from_printed(*cells, error=error)

    assert found.p == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_a_spread_taken_for_one_with_another_divisor_gives_too_small_a_p():
    a, b = Cell(mean="2.00", error="0.62", n=5), Cell(mean="1.00", error="0.62", n=5)

    p = {reading: welch_from_printed(a, b, error=reading).p for reading in READINGS}

    assert p["standard deviation"] < 0.05 < p["standard deviation by n"]
    assert p["standard error"] < p["standard error by n"]
    significant = {reading: p[reading] < 0.05 for reading in READINGS}
    assert readings_that_turn(significant, "standard error by n") == ("standard deviation",)


def test_a_word_that_no_reading_changes_turns_nowhere():
    assert readings_that_turn(dict.fromkeys(READINGS, "CONFIRMED"), READINGS[0]) == ()


def test_the_assumed_reading_must_be_among_those_tried():
    with pytest.raises(SpecError, match=r"'standard deviation' assumed\. Add that reading"):
        readings_that_turn({"standard error": True}, "standard deviation")


def test_exchanging_the_cells_changes_the_sign_only():
    forth = welch_from_printed(ten_runs("2.00", "0.30"), ten_runs("1.50", "0.40"))
    back = welch_from_printed(ten_runs("1.50", "0.40"), ten_runs("2.00", "0.30"))

    assert (back.t, back.p, back.p_low) == pytest.approx((-forth.t, forth.p, forth.p_low))


def test_errors_printed_as_zero_may_be_half_a_unit():
    found = welch_from_printed(ten_runs("10.01", "0.00"), ten_runs("10.00", "0.00"))

    assert (found.t, found.p, found.p_low, found.p_high) == (math.inf, 0.0, 0.0, 1.0)


def test_errors_printed_as_zero_do_not_hide_a_large_difference():
    found = welch_from_printed(ten_runs("91.42", "0.04"), ten_runs("10.00", "0.00"))

    assert found.p_high < 1e-12


def test_equal_cells_without_error_do_not_differ():
    found = welch_from_printed(ten_runs("10.00", "0.00"), ten_runs("10.00", "0.00"))

    assert (found.t, found.p) == (0.0, 1.0)


@pytest.mark.parametrize(("error", "n"), [("-0.10", 10), ("0.10", 1)])
def test_a_cell_that_cannot_be_is_refused(error, n):
    with pytest.raises(SpecError, match=f"got n={n} and ± {error}"):
        Cell(mean="1.0", error=error, n=n)


def test_an_unknown_meaning_of_the_error_is_refused():
    with pytest.raises(SpecError, match=r"standard error, .*got 'range'"):
        welch_from_printed(ten_runs("1.0", "0.1"), ten_runs("2.0", "0.1"), error="range")
