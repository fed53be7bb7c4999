"""What stands beside a form: its word, whose world it is about, and how much it counts."""

import re

import pytest

from dltheory.reporting import facts, read_verdicts, render, tally
from dltheory.reporting.schema import GLYPHS, HOLLOW
from tests.reporting.catalogue import UNSURE, every_kind_of_record
from tests.reporting.synthetic import claim, condition, criterion, evidence, folder
from tests.reporting.unfolding import unfolded

WORDS = ("CONFIRMED", "SMALLER", "REFUTED", "INCONCLUSIVE")
LOST = {"status": "lost", "verdict": None, "evidence": None}


@pytest.fixture
def read(tmp_path):
    def reading(*records):
        return read_verdicts(folder(tmp_path, records) / "verdicts.jsonl")

    return reading


@pytest.fixture
def page(tmp_path):
    def rendering(*records):
        render(folder(tmp_path, records))
        return unfolded((tmp_path / "index.html").read_text("utf-8"))

    return rendering


def said(html):
    """The words of the badges of all claims, in order."""
    claims = "".join(re.findall(r"<summary>.*?</summary>", html, re.S))
    return re.findall(r'aria-hidden="true">[^<]</span> ([^<]+)</span>', claims)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("CONFIRMED", "confirmed in this small world"),
        ("SMALLER", "smaller than asked in this small world"),
        ("REFUTED", "not seen in this small world"),
        ("INCONCLUSIVE", "open in this small world"),
    ],
)
def test_the_word_of_an_analogue_names_its_small_world(read, verdict, words):
    (record,) = read(claim("a", bearing="analogue", verdict=verdict, expected=verdict))

    assert facts.said(record) == words


@pytest.mark.parametrize("verdict", WORDS)
def test_an_analogue_has_a_sign_of_its_own_in_page_and_summary(page, tmp_path, verdict):
    html = page(claim("a", bearing="analogue", verdict=verdict, expected=verdict))

    card = re.search(r"<article.*?</summary>", html, re.S).group()
    row = (tmp_path / "summary.md").read_text("utf-8").strip().split("\n")[-1]
    for text in (card, row):
        assert HOLLOW[verdict] in text
        assert GLYPHS[verdict] not in text
        assert verdict not in text.replace(f'data-word="{verdict}"', "")


def test_the_refutation_of_an_instance_is_said_to_be_of_the_instance(read):
    (record,) = read(claim("a", bearing="instance", verdict="REFUTED"))

    assert facts.said(record) == "refuted here (instance)"


def test_a_word_of_which_all_runs_were_lost_is_runs_lost(read, page):
    (record,) = read(claim("a", **LOST))

    assert (record.word, record.glyph) == ("RUNS LOST", "∅")
    assert said(page(claim("a", **LOST))) == ["RUNS LOST"]


def test_a_provisional_word_has_its_probability(read):
    (record,) = read(claim("a", provisional=True, supports=False, calibration=UNSURE))

    assert facts.said(record) == "CONFIRMED (provisional, 0.63)"


def test_a_vacuous_word_names_the_control_that_satisfies_it_too(read):
    controls = [
        condition("labels that matter", held=True, when_failed="vacuous"),
        condition("networks at the start", held=False, when_failed="vacuous"),
        condition("another sign", held=False, when_failed="confounded"),
    ]
    (record,) = read(claim("a", qualifiers=["vacuous"], supports=False, controls=controls))

    assert facts.said(record) == "confirmed, and so does networks at the start"


@pytest.mark.parametrize(
    ("qualifier", "told"), [("no control", "no control"), ("no mutant", "no mutant that counts")]
)
def test_a_word_that_nothing_could_have_turned_is_told(page, qualifier, told):
    html = page(claim("a", qualifiers=[qualifier], supports=False))

    assert f'<span class="qualifier">{told}</span>' in html
    assert '<span class="qualifier">supports nothing</span>' in html


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, ""),
        ({"provisional": True, "supports": False}, "provisional"),
        ({"qualifiers": ["vacuous"], "supports": False}, "supports nothing"),
        ({"qualifiers": ["no control"], "supports": False}, "supports nothing"),
        ({"supports": False}, "supports nothing"),
        ({"verdict": "INCONCLUSIVE", "supports": False}, ""),
        ({"status": "error", "verdict": None, "supports": False}, ""),
    ],
)
def test_a_word_counts_in_full_only_where_it_is_sure_and_checked(read, fields, standing):
    (record,) = read(claim("a", **fields))

    assert record.standing == standing


def test_no_number_of_the_headline_holds_what_does_not_count_in_full(read):
    limited = [
        {"provisional": True, "supports": False},
        {"qualifiers": ["vacuous"], "supports": False},
        {"qualifiers": ["no mutant"], "supports": False},
        {"bearing": "analogue"},
        {"bearing": "analogue", "verdict": "REFUTED"},
        {"bearing": "analogue", "provisional": True, "supports": False},
    ]
    records = read(claim("a"), *(claim(f"b{i}", **f) for i, f in enumerate(limited)))

    assert tally.headline(records) == (
        "7 claims of 1 paper in 7 forms. The claims themselves: 1 confirmed. "
        "Counted apart: 1 provisional, 2 that support nothing and 3 analogues."
    )


def test_the_line_of_a_paper_counts_analogues_in_words_of_their_own(read):
    analogues = [claim(f"b{i}", bearing="analogue", verdict=word) for i, word in enumerate(WORDS)]

    assert tally.of_paper(read(claim("a"), *analogues)) == (
        "The claims themselves: 1 confirmed. Analogues, in small worlds: "
        "1 seen, 1 smaller than asked, 1 not seen and 1 open."
    )


def test_no_form_is_counted_twice_or_left_out(read):
    records = read(*every_kind_of_record())

    assert sum(sum(table.values()) for table in tally.of_bearing(records).values()) == len(records)


def test_a_refutation_known_before_is_not_counted_for_an_analogue(read):
    expected = {"verdict": "REFUTED", "expected": "REFUTED", "expected_reason": "too small."}

    assert "known not to hold" not in tally.headline(
        read(claim("a", bearing="analogue", **expected))
    )


def test_what_the_paper_asserts_stands_once_and_each_form_says_its_own(page):
    html = page(*(claim("a", case=case, sentence=f"Form {case}.") for case in "12"))

    assert html.count("Training towards a fixed norm") == 1
    assert re.findall(r'<span class="sentence">([^<]+)', html) == ["Form 1.", "Form 2."]


def test_a_card_lists_the_conditions_of_the_regime(page):
    html = page(
        claim(
            "a",
            regime=[
                condition("fits its data", held=True, observed="0.998"),
                condition("moves its kernel", held=False, observed="0.42"),
            ],
        )
    )

    regime = re.search(r"<dt>Regime</dt>.*?</dd>", html, re.S).group()
    assert "✓ held</span> <span><b>fits its data</b>: expected above 0.9; observed 0.998" in regime
    assert "✕ not held</span> <span><b>moves its kernel</b>" in regime


def test_a_condition_that_was_not_judged_is_neither_held_nor_failed(page):
    html = page(claim("a", regime=[{"name": "fits its data"}], **LOST))

    regime = re.search(r"<dt>Regime</dt>.*?</dd>", html, re.S).group()
    assert "– not known</span> <span><b>fits its data</b>.</span>" in regime


def test_a_card_has_the_planned_power_and_both_error_rates(page):
    html = page(claim("a")).replace("\u00a0", " ")

    assert "Planned power at δ: 0.93 (pilots)." in html
    assert (
        "In 20\u2009000 simulations with normal errors (own residuals) it confirms falsely "
        "1.01 % (1.2 %) and refutes falsely 0.98 % (1.4 %) of the time." in html
    )


def test_a_mutant_that_could_not_have_passed_does_not_count(page):
    html = page(claim("a", calibration=UNSURE))

    assert "sign turned, judged REFUTED; it could not have passed and does not count<" in html
    assert "labels shuffled, judged REFUTED<" in html
    assert 'data-label="Mutants">1 of 1<' in html


def test_a_rule_that_withheld_the_word_is_the_reason(page):
    html = page(*every_kind_of_record())

    assert '<span class="reason">Rule “power”: the planned power at the smallest' in html


def test_a_withheld_word_stands_under_every_rule_it_breaks(read):
    found = tally.withheld(read(*every_kind_of_record()))

    assert {reason: [r.case for r in forms] for reason, forms in found.items()} == {
        "rule “power”": ["by-rule"],
        "rule “regime”": ["by-rule"],
        "outside the regime": ["elsewhere"],
    }


@pytest.mark.parametrize("qualifier", ["error rate", "outside the regime", "runs lost", "rule"])
def test_a_word_is_withheld_for_its_qualifier(read, qualifier):
    (record,) = read(claim("a", verdict="INCONCLUSIVE", qualifiers=[qualifier]))

    assert tally.withheld_by(record) == [qualifier]


def test_a_word_that_was_said_is_not_withheld(read):
    (record,) = read(claim("a", reason="Rule “power” was kept.", qualifiers=["vacuous"]))

    assert tally.withheld_by(record) == []


def test_the_page_folds_the_withheld_words_with_their_counts(page):
    html = page(*every_kind_of_record())

    fold = re.search(r'<details class="quiet withheld">.*?</details>', html, re.S).group()
    assert "rule “power” 1, rule “regime” 1, outside the regime 1" in fold
    assert '<a href="#liu2020bad/augmentation/by-rule">augmentation · by-rule</a>' in fold


def test_forms_worth_a_look_for_one_reason_stand_together(read):
    records = read(
        *(claim(f"e{i}", status="error", verdict=None, evidence=None) for i in range(3)),
        *(claim(f"r{i}", verdict="REFUTED") for i in range(2)),
        claim("s", verdict="REFUTED", bearing="analogue"),
        claim("w", verdict="INCONCLUSIVE", qualifiers=["rule"], reason="Rule “power”: 0.1."),
    )

    assert {why: len(forms) for why, forms in tally.worth_a_look(records).items()} == {
        "Ended in an error": 3,
        "Refuted, where confirmed was expected": 2,
        "Not seen in this small world, where confirmed was expected": 1,
    }


def test_more_seeds_are_offered_only_where_they_may_decide(read):
    may, cannot = read(
        claim("a", verdict="INCONCLUSIVE", more_seeds=True, command="pytest x.py"),
        claim("b", verdict="INCONCLUSIVE", more_seeds=False),
    )

    assert facts.need(may) == "More seeds may decide it: pytest x.py --more-seeds=32"
    assert facts.need(cannot) == ""


def test_no_more_seeds_are_offered_than_the_option_takes(read):
    (record,) = read(claim("a", more_seeds=True, criterion=criterion(0.0, 0.1, looks=[900])))

    assert facts.need(record).endswith("--more-seeds=1000")


def test_a_smaller_effect_is_marked_by_a_shape_of_its_own(page):
    smaller = claim("a", verdict="SMALLER", evidence=evidence(0.006, 0.002))

    assert re.search(r'<svg class="row".*?<path class="point" d="M[^"]+v11z"', page(smaller), re.S)


def test_an_analogue_is_marked_hollow(page):
    card = re.search(r"<article.*?</article>", page(claim("a", bearing="analogue")), re.S).group()

    assert 'class="point open"' in card
    assert 'class="estimate" d=' not in card
