"""What a claim and a criterion refuse to be."""

import pytest

from dltheory.errors import SpecError
from tests.verdicts.made_up import CLAIM, criterion


def test_a_claim_is_known_by_its_paper_and_row():
    assert CLAIM.id == "k2020/holds"


@pytest.mark.parametrize(
    ("null", "smallest_effect", "line"),
    [(0.0, 0.01, 0.01), (-0.01, 0.0, -0.01), (1.0, 0.5, 1.5)],
)
def test_the_refutation_line_is_the_null_plus_the_smallest_effect(null, smallest_effect, line):
    assert criterion(null=null, smallest_effect=smallest_effect).refutation_line == line


def test_a_slack_moves_the_refutation_line_below_the_null():
    assert criterion(null=1.0, slack=0.5).refutation_line == 0.5
    assert criterion(slack=float("inf")).refutation_line == float("-inf")


@pytest.mark.parametrize(
    ("fields", "alternative"),
    [({}, None), ({"smallest_effect": 0.5}, 0.5), ({"null": -0.5, "power_at": 0.0}, 0.0)],
)
def test_power_is_never_computed_at_the_null(fields, alternative):
    assert criterion(**fields).alternative == alternative


@pytest.mark.parametrize(("delta", "resolves"), [(0.3, True), (0.31, False)])
def test_a_smallest_effect_resolves_print_up_to_half_of_it(delta, resolves):
    assert criterion(smallest_effect=delta, printed_effect=0.6).resolves_print is resolves


@pytest.mark.parametrize("expected", ["REFUTED", "INCONCLUSIVE", "SMALLER"])
def test_an_expected_verdict_other_than_confirmed_needs_a_reason(expected):
    with pytest.raises(SpecError, match=f"needs a reason, .* got expected='{expected}' with rea"):
        criterion(expected=expected)


def test_an_expected_confirmation_takes_no_reason():
    with pytest.raises(SpecError, match=r"and CONFIRMED none; got .* reason 'why'"):
        criterion(expected_reason="why")


@pytest.mark.parametrize("alpha", [0.0, 0.5, 5.0])
def test_a_level_lies_between_zero_and_one_half(alpha):
    with pytest.raises(SpecError, match=rf"between 0 and 0\.5; got {alpha}\. The suite uses 0\.01"):
        criterion(alpha=alpha)
