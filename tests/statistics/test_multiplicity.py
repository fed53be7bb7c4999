"""Holm and Benjamini–Hochberg, against hand counts and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from dltheory.errors import SpecError
from dltheory.statistics import benjamini_hochberg, holm

families = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)
searched = settings(max_examples=80, deadline=None, database=None, derandomize=True)
both = pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])


def test_holm_multiplies_by_the_hypotheses_that_are_left():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx((0.06, 0.03, 0.06))


def test_benjamini_hochberg_divides_by_the_rank():
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx((0.04, 0.03, 0.04))


@searched
@given(families)
def test_holm_equals_that_of_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


@searched
@given(families)
def test_benjamini_hochberg_equals_that_of_statsmodels(p):
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


@both
@searched
@given(families)
def test_no_adjusted_p_value_is_below_the_raw_one(adjust, p):
    assert np.all(np.asarray(adjust(p)) >= np.asarray(p) - 1e-15)


@both
@searched
@given(families)
def test_the_order_of_p_values_is_kept(adjust, p):
    order = np.argsort(p)

    assert np.all(np.diff(np.asarray(adjust(p))[order]) >= 0.0)


@searched
@given(families)
def test_benjamini_hochberg_is_never_stricter_than_holm(p):
    assert np.all(np.asarray(benjamini_hochberg(p)) <= np.asarray(holm(p)) + 1e-15)


@both
def test_one_p_value_is_left_alone(adjust):
    assert adjust([0.03]) == (0.03,)


@both
def test_no_p_values_stay_none(adjust):
    assert adjust([]) == ()


@both
@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(adjust, bad):
    with pytest.raises(SpecError, match=rf"got \[{bad}\] among 2"):
        adjust([0.5, bad])
