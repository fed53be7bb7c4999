"""What holds of a paper's conclusions, by the one rule, from hand-made records."""

import json

import pytest

from dltheory.reporting import read_verdicts, render, telling
from dltheory.reporting.findings import WORDS, findings
from dltheory.reporting.schema import About, Conclusion
from tests.reporting.synthetic import claim, folder, write_papers

REFUTED = {"verdict": "REFUTED"}
OPEN = {"verdict": "INCONCLUSIVE", "supports": False}
SMALLER = {"verdict": "SMALLER"}
PROVISIONAL = {"provisional": True, "supports": False}
VACUOUS = {"qualifiers": ["vacuous"], "supports": False}
NO_CONTROL = {"qualifiers": ["no control"], "supports": False}
NO_MUTANT = {"qualifiers": ["no mutant"], "supports": False}
ANALOGUE = {"bearing": "analogue"}
INSTANCE = {"bearing": "instance"}
NOT_RUN = {"status": "not run", "verdict": None, "evidence": None, "supports": False}


@pytest.fixture
def found(tmp_path):
    """The finding of a paper that rests on the claims a, b, c… (so many), with these records."""

    def finding(*records, claims=1, named=None):
        names = named or [f"goldblum2020truth/{letter}" for letter in "abcdef"[:claims]]
        about = About(findings=(Conclusion(name="f", conclusion="C.", claims=tuple(names)),))
        read = read_verdicts(folder(tmp_path, records) / "verdicts.jsonl")
        (one,) = findings(about, read)
        return one

    return finding


def form(name="a", **fields):
    return claim(name, **fields)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "borne out"),
        (INSTANCE, "borne out"),
        (REFUTED, "not borne out"),
        (INSTANCE | REFUTED, "not borne out"),
        (SMALLER, "mixed"),
        (OPEN, "open"),
        (PROVISIONAL, "open"),
        (PROVISIONAL | REFUTED, "open"),
        (VACUOUS, "open"),
        (NO_CONTROL, "open"),
        (NO_MUTANT, "open"),
        (ANALOGUE, "not looked at where it could be told"),
        (ANALOGUE | REFUTED, "not looked at where it could be told"),
        (NOT_RUN, "not looked at where it could be told"),
    ],
)
def test_one_form_gives_the_word(found, fields, word):
    assert found(form(**fields)).word == word


def test_a_conclusion_without_a_record_was_not_looked_at(found):
    assert found().word == "not looked at where it could be told"


def test_a_form_confirmed_and_one_refuted_are_mixed(found):
    assert found(form(case="1"), form(case="2", **REFUTED)).word == "mixed"


def test_a_claim_that_holds_and_one_that_fails_are_mixed(found):
    assert found(form("a"), form("b", **REFUTED), claims=2).word == "mixed"


@pytest.mark.parametrize("apart", [ANALOGUE, PROVISIONAL, VACUOUS, NO_CONTROL, NO_MUTANT])
def test_a_refutation_that_does_not_count_leaves_the_word(found, apart):
    assert found(form(case="1"), form(case="2", **REFUTED | apart)).word == "borne out"


@pytest.mark.parametrize("quantifier", ["some", "often", "most"])
def test_a_refuted_instance_does_not_count_where_others_may_have_the_effect(found, quantifier):
    instance = form(case="2", quantifier=quantifier, **REFUTED | INSTANCE)

    assert found(form(case="1", quantifier=quantifier), instance).word == "borne out"
    assert found(instance).word == "open"


@pytest.mark.parametrize("quantifier", ["", "every"])
def test_a_refuted_instance_counts_where_every_case_is_meant(found, quantifier):
    assert found(form(quantifier=quantifier, **REFUTED | INSTANCE)).word == "not borne out"


@pytest.mark.parametrize(("holding", "word"), [(1, "open"), (2, "borne out"), (3, "borne out")])
def test_half_of_the_claims_must_hold(found, holding, word):
    assert found(*(form(name) for name in "abc"[:holding]), claims=4).word == word


@pytest.mark.parametrize(("failing", "word"), [(1, "open"), (2, "not borne out")])
def test_half_of_the_claims_must_fail(found, failing, word):
    assert found(*(form(n, **REFUTED) for n in "ab"[:failing]), claims=4).word == word


def test_one_case_of_a_claim_can_bear_on_a_conclusion_alone(found):
    forms = form(case="1"), form(case="2", **REFUTED)

    assert found(*forms, named=["goldblum2020truth/a · 1"]).word == "borne out"


@pytest.mark.parametrize(
    ("fields", "scale"),
    [
        ({"tier": "static"}, "in print"),
        ({"tier": "fast"}, "in mathematics"),
        ({"tier": "fast"} | INSTANCE, "in small instances"),
        ({"tier": "full"}, "at the paper’s own scale"),
        ({"tier": "full"} | INSTANCE, "in small instances"),
    ],
)
def test_a_finding_says_the_scale_of_the_forms_that_count(found, fields, scale):
    one = found(form(**fields), form("b", tier="full", **ANALOGUE), claims=2)

    assert one.scales == (scale,)


def test_where_only_analogues_were_judged_the_scale_says_so(found):
    one = found(form(**ANALOGUE))

    assert (one.scales, "small worlds" in telling.scale(one)) == ((), True)


def test_a_finding_hinges_on_the_claims_whose_loss_would_change_its_word(found):
    one = found(form("a"), form("b", **REFUTED), claims=2)
    other = found(form("a"), form("b"), form("c"), claims=3)

    assert [looked.claim[-1] for looked in one.hinges] == ["a", "b"]
    assert other.hinges == ()


def test_the_reasons_count_the_claims_by_state(found):
    one = found(form("a"), form("b", **OPEN), form("c", **ANALOGUE), claims=4)

    assert telling.why(one) == "Of its 4 claims 1 holds, 1 is open and 2 were not looked at."
    assert telling.illustrations(one) == "Illustrated by 1 analogue: 1 seen."


def test_how_sure_a_finding_is_is_the_stability_of_its_least_sure_word(found):
    unsure = {"false_confirm": 0.01, "stability": 0.83, "gates": False}

    assert "with probability 0.83" in telling.sure(found(form("a", calibration=unsure), form("b")))


def test_every_word_has_a_sign_of_its_own():
    assert len({*WORDS.values()}) == len(WORDS)


@pytest.fixture
def report(tmp_path):
    told = [
        claim("norm-bias-no-worse"),
        claim("augmentation", "liu2020bad", **ANALOGUE),
        claim("confusion-falls-with-width", "sankararaman2020confusion", **REFUTED),
    ]
    path = folder(tmp_path, told)
    write_papers(path)
    render(path)
    return path


def test_findings_stand_in_the_page_with_word_scale_and_marks(report):
    html = (report / "index.html").read_text("utf-8")

    row = html.split('id="finding/goldblum2020truth/first"')[1].split("</details>")[0]
    assert "What goldblum2020truth concludes." in row
    assert "borne out" in row
    assert "in mathematics" in row
    assert 'href="#goldblum2020truth/norm-bias-no-worse"' in row
    assert "What would change it" in row


def test_findings_stand_first_in_page_and_summary(report):
    html = (report / "index.html").read_text("utf-8")
    text = (report / "summary.md").read_text("utf-8")

    assert html.index('id="findings"') < html.index('id="look"') < html.index('id="claims"')
    assert text.index("## Findings") < text.index("## Every claim")
    assert (
        "| What liu2020bad concludes. | – not looked at | where it could be told; in small" in text
    )


def test_findings_are_written_for_programs(report):
    told = json.loads((report / "findings.json").read_text("utf-8"))

    words = {one["paper"]: one["word"] for one in told["findings"]}
    assert words["goldblum2020truth"] == "borne out"
    assert words["sankararaman2020confusion"] == "not borne out"
    form = told["findings"][0]["claims"][0]["forms"][0]
    assert (form["form"], form["counts"]) == ("goldblum2020truth/norm-bias-no-worse", True)


def test_the_rule_is_told_on_the_page(report):
    html = (report / "index.html").read_text("utf-8")

    assert "at least half of the claims hold, and none fails or holds in part" in html
