"""GRIM, on a printed table and against brute force."""

import math
import time
from fractions import Fraction

import numpy as np
import pytest

from dltheory.errors import SpecError
from dltheory.statistics import grim

# "Bad global minima exist" (Liu et al. 2020), Table 2: test accuracies in percent, five runs on
# 10 000 images.
ACCURACIES = (  # from a random and from an adversarial start, a pair for each row
    ("84.838", "56.024"),
    ("93.370", "89.402"),
    ("87.352", "83.172"),
    ("89.200", "89.016"),
    ("94.680", "94.192"),
    ("93.448", "92.756"),
    ("89.050", "88.932"),
    ("95.324", "95.346"),
)


def by_hand(mean, n, granule):
    """Whether a neighbouring multiple of granule/n rounds, halves either way, to the mean."""
    target, step = Fraction(mean), Fraction(granule) / n
    half = Fraction(1, 2 * 10 ** len(mean.partition(".")[2]))
    return any(
        abs(k * step - target) <= half for k in range(int(target / step), int(target / step) + 2)
    )


@pytest.mark.parametrize("accuracy", [a for row in ACCURACIES for a in row])
def test_every_printed_accuracy_can_exist(accuracy):
    assert grim(accuracy, n=5, granule="0.01").possible


def test_sixteen_accuracies_pass_by_chance_once_in_sixty_five_thousand():
    power = grim("84.838", n=5, granule="0.01").power

    assert (1 - power) ** 16 == pytest.approx(1.5e-5, rel=0.02)


def test_an_odd_last_digit_cannot_exist():
    assert not grim("84.839", n=5, granule="0.01").possible


@pytest.mark.parametrize(("n", "granule"), [(28, "1"), (8, "1"), (7, "0.5"), (3, "0.02")])
def test_what_is_possible_agrees_with_trying_both_neighbours(n, granule):
    means = [f"{hundredth / 100:.2f}" for hundredth in range(300)]

    found = [grim(mean, n, granule).possible for mean in means]

    assert found == [by_hand(mean, n, granule) for mean in means]


@pytest.mark.parametrize(("n", "granule"), [(28, "1"), (8, "1"), (7, "0.5"), (3, "0.02")])
def test_the_power_is_the_share_of_impossible_means(n, granule):
    possible = [grim(f"{hundredth / 100:.2f}", n, granule).possible for hundredth in range(300)]

    assert grim("1.00", n, granule).power == pytest.approx(1 - np.mean(possible))


@pytest.mark.parametrize("n", [100, 150, 1000])
def test_coarse_rounding_leaves_no_power(n):
    assert grim("3.45", n, "1").power == 0.0


def test_a_trailing_zero_counts():
    assert (grim("0.5", 3, "1").possible, grim("0.50", 3, "1").possible) == (False, False)
    assert (grim("0.3", 3, "1").possible, grim("0.30", 3, "1").possible) == (True, False)


def test_one_run_shows_its_granule():
    assert math.isclose(grim("84.83", n=1, granule="0.05").power, 0.8)


@pytest.mark.parametrize(("n", "granule"), [(0, "1"), (5, "0.00"), (5, "-0.01")])
def test_numbers_without_steps_are_refused(n, granule):
    with pytest.raises(SpecError, match=f"got n={n} and granule {granule}"):
        grim("84.83", n, granule)


@pytest.mark.parametrize(
    ("n", "granule"), [(3, "100/1797"), (1, "100/1797"), (2, "1/30"), (7, "5/7")]
)
def test_a_granule_may_be_a_fraction(n, granule):
    means = [f"{hundredth / 100:.2f}" for hundredth in range(9000, 9300)]

    found = [grim(mean, n, granule).possible for mean in means]

    assert found == [by_hand(mean, n, granule) for mean in means]
    assert not all(found) or grim("90.00", n, granule).power == 0.0


def test_a_rounded_granule_would_give_the_opposite_answer():
    assert grim("97.01", n=3, granule="100/1797").possible
    assert not grim("97.01", n=3, granule="0.06").possible


def test_a_fraction_and_the_decimal_that_it_equals_are_the_same_granule():
    assert grim("84.838", n=5, granule="1/100") == grim("84.838", n=5, granule="0.01")


def truncated_by_hand(mean, n, granule):
    """Whether some multiple of granule/n, cut to the decimals of the mean, is the mean."""
    step, unit = Fraction(granule) / n, Fraction(1, 10 ** len(mean.partition(".")[2]))
    cut = {math.trunc(k * step / unit) for k in range(-int(4 / step), int(4 / step) + 1)}
    return Fraction(mean) / unit in cut


@pytest.mark.parametrize(("n", "granule"), [(7, "0.5"), (3, "0.02"), (28, "1"), (3, "10/179")])
def test_truncated_means_agree_with_cutting_every_multiple(n, granule):
    means = [f"{hundredth / 100:.2f}" for hundredth in range(-300, 301)]

    found = [grim(mean, n, granule, shortened="truncated").possible for mean in means]

    assert found == [truncated_by_hand(mean, n, granule) for mean in means]


def test_cutting_and_rounding_allow_different_means():
    rounded, cut = (
        [mean for mean in ("0.66", "0.67") if grim(mean, 3, "1", shortened=how).possible]
        for how in ("rounded", "truncated")
    )

    assert (rounded, cut) == (["0.67"], ["0.66"])


@pytest.mark.parametrize(("n", "granule"), [(7, "0.5"), (3, "0.02"), (28, "1"), (8, "1")])
def test_the_power_of_truncated_means_is_the_share_of_impossible_ones(n, granule):
    found = [
        grim(f"{hundredth / 100:.2f}", n, granule, shortened="truncated")
        for hundredth in range(300)
    ]

    assert found[0].power == pytest.approx(1 - np.mean([one.possible for one in found]))


def test_many_digits_take_no_more_time_than_few():
    started = time.perf_counter()

    for digits in (9, 30, 300):
        grim("97.01", n=3, granule="0." + "0556483027" * (digits // 10 + 1))
        grim("97." + "0123456789" * (digits // 10 + 1), n=3, granule="100/1797")

    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize("granule", ["100/0", "1/", "/3", "0.5/3", "1/2/3"])
def test_what_is_no_fraction_is_refused(granule):
    with pytest.raises(SpecError, match="'100/1797'; got"):
        grim("97.01", 3, granule)


def test_another_way_of_shortening_is_refused():
    with pytest.raises(SpecError, match=r"rounded, truncated; got 'up'"):
        grim("97.01", 3, "0.01", shortened="up")
