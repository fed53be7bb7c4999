"""What may be declared as a conclusion of a paper."""

import pytest

from dltheory import Beside, Claim, Criterion, Finding, Paper, SpecError
from dltheory.verdicts.finding import full_name
from dltheory.verdicts.record import Where, describe

TOLD = {"name": "first", "conclusion": "It holds.", "locator": "Abstract"}


def paper(**fields):
    return Paper(
        key="k", title="T", authors="A", venue="V", year=2020, version="published", **fields
    )


@pytest.mark.parametrize("name", ["", "First", "a b", "-a", "a/b"])
def test_a_finding_has_a_short_name_in_small_letters(name):
    with pytest.raises(SpecError, match="small letters"):
        Finding(**TOLD | {"name": name})


@pytest.mark.parametrize("empty", ["conclusion", "locator"])
def test_a_finding_has_a_conclusion_and_its_place(empty):
    with pytest.raises(SpecError, match="needs a conclusion"):
        Finding(**TOLD | {empty: " "})


def test_the_picture_of_a_finding_is_of_one_of_its_claims():
    with pytest.raises(SpecError, match="picture"):
        Finding(**TOLD, claims=("a",), picture="b")


def test_a_finding_names_a_claim_once():
    with pytest.raises(SpecError, match="more often: a"):
        Finding(**TOLD, claims=("a", "a"))


def test_a_paper_has_one_finding_of_a_name():
    with pytest.raises(SpecError, match="more often: first"):
        paper(findings=(Finding(**TOLD), Finding(**TOLD)))


def test_a_claim_does_not_bear_on_a_finding_and_stand_beside_all():
    with pytest.raises(SpecError, match="both is said of 'a'"):
        paper(findings=(Finding(**TOLD, claims=("a",)),), beside=(Beside(claim="a", because="b"),))


@pytest.mark.parametrize(
    ("given", "full"),
    [("a", "k/a"), ("a · c", "k/a · c"), ("other/a", "other/a"), ("a · 1/2", "k/a · 1/2")],
)
def test_a_claim_has_the_key_of_its_paper_unless_it_has_another(given, full):
    assert full_name("k", given) == full


@pytest.mark.parametrize(("own", "told"), [("", "points"), ("cosine", "cosine")])
def test_a_record_has_the_unit_of_its_form_before_that_of_its_claim(own, told):
    claim = Claim(
        paper=paper(),
        row="a",
        locator="§1",
        statement="S.",
        kind="trend",
        formula="",
        estimand="θ",
        unit="points",
        refuted_if="",
    )
    where = Where(tier="fast", case="", test="t", command="c", plan="", unit=own)

    assert describe(claim, Criterion(because="made up"), where)["unit"] == told
