"""What a claim and a criterion refuse to be."""

import pytest

from dltheory.errors import SpecError
from tests.verdicts.made_up import CLAIM, criterion


def test_a_claim_is_known_by_its_paper_and_row():
    assert CLAIM.id == "k2020/holds"


@pytest.mark.parametrize(
    ("null", "smallest_effect", "line"),
    [(0.0, 0.01, 0.01), (-0.01, 0.0, -0.01), (0.0, float("-inf"), float("-inf"))],
)
def test_the_refutation_line_is_the_null_plus_the_smallest_effect(null, smallest_effect, line):
    assert criterion(null=null, smallest_effect=smallest_effect).refutation_line == line


@pytest.mark.parametrize("expected", ["REFUTED", "INCONCLUSIVE"])
def test_an_expected_verdict_other_than_confirmed_needs_a_reason(expected):
    with pytest.raises(SpecError, match=f"needs a reason, .* got expected='{expected}' with rea"):
        criterion(expected=expected)


def test_an_expected_confirmation_takes_no_reason():
    with pytest.raises(SpecError, match=r"and CONFIRMED none; got .* reason 'why'"):
        criterion(expected_reason="why")


@pytest.mark.parametrize("alpha", [0.0, 0.5, 5.0, float("nan")])
def test_a_level_lies_between_zero_and_one_half(alpha):
    with pytest.raises(SpecError, match=rf"between 0 and 0\.5; got {alpha}\. The suite uses 0\.01"):
        criterion(alpha=alpha)
