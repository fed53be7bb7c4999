"""What makes pytest show a verdict: the outcome raised, and its category, letter and word."""

from types import SimpleNamespace

import pytest

from dltheory.plugin.outcomes import (
    ClaimRefuted,
    ClaimSmaller,
    ClaimUnexpected,
    conclude,
    status,
    verdict_line,
)


def record(verdict, expected="CONFIRMED", *, gates=True, **fields):
    evidence = {"estimate": 1.0, "lower": 0.5, "upper": None, "n": 12}
    reason = "" if expected == "CONFIRMED" else "too small a world"
    calibration = {"gates": gates, "stability": 0.995 if gates else 0.87, "mutants": []}
    return {
        "claim": "k/r",
        "case": "mlp",
        "verdict": verdict,
        "status": "judged" if verdict else "error",
        "expected": expected,
        "expected_reason": reason,
        "reason": "",
        "evidence": evidence if verdict else None,
        "criterion": {"null": 0.0, "smallest_effect": 0.0, "slack": 0.0},
        "sentence": "",
        "bearing": "claim",
        "qualifiers": [],
        "provisional": False,
        "calibration": calibration,
        "controls": [],
        **fields,
    }


def raised(record, inconclusive="skip"):
    try:
        conclude(record, inconclusive=inconclusive)
    except BaseException as outcome:  # noqa: BLE001  pytest's outcomes derive from it
        return type(outcome)
    return None


OUTCOMES = [
    ("CONFIRMED", "CONFIRMED", True, None),
    ("CONFIRMED", "CONFIRMED", False, None),
    ("CONFIRMED", "REFUTED", True, None),  # the strict xfail of the item makes it fail
    ("CONFIRMED", "REFUTED", False, pytest.skip.Exception),
    ("CONFIRMED", "INCONCLUSIVE", True, ClaimUnexpected),
    ("CONFIRMED", "INCONCLUSIVE", False, pytest.skip.Exception),
    ("REFUTED", "CONFIRMED", True, ClaimRefuted),
    ("REFUTED", "CONFIRMED", False, pytest.skip.Exception),
    ("REFUTED", "REFUTED", True, ClaimRefuted),
    ("REFUTED", "REFUTED", False, ClaimRefuted),
    ("REFUTED", "INCONCLUSIVE", True, ClaimRefuted),
    ("SMALLER", "CONFIRMED", True, ClaimSmaller),
    ("SMALLER", "SMALLER", True, ClaimSmaller),  # the strict xfail of the item expects it
    ("SMALLER", "CONFIRMED", False, pytest.skip.Exception),
    ("INCONCLUSIVE", "CONFIRMED", True, pytest.skip.Exception),
    ("INCONCLUSIVE", "REFUTED", True, pytest.skip.Exception),
    ("INCONCLUSIVE", "INCONCLUSIVE", True, pytest.skip.Exception),
]


@pytest.mark.parametrize(("verdict", "expected", "gates", "outcome"), OUTCOMES)
def test_a_verdict_concludes_in_one_outcome(verdict, expected, gates, outcome):
    assert raised(record(verdict, expected, gates=gates)) is outcome


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ("skip", pytest.skip.Exception),
        ("xfail", pytest.xfail.Exception),
        ("fail", pytest.fail.Exception),
    ],
)
def test_an_open_claim_concludes_as_it_was_asked_to(how, outcome):
    assert raised(record("INCONCLUSIVE"), how) is outcome


def open_record(lower, upper, *, gates=False, tier="fast", expected="CONFIRMED", **fields):
    evidence = {"estimate": 0.0, "lower": lower, "upper": upper, "n": 12}
    numbers = {
        "evidence": evidence,
        "criterion": {"null": 0.0, "smallest_effect": 0.5, "slack": 0.0},
    }
    return record("INCONCLUSIVE", expected, gates=gates, tier=tier, **numbers, **fields)


def set_aside(*stabilities, mutants=(), gates=False):
    """A confirmation that failed controls set aside, each as sure as this to fail again."""
    failed = [{"held": False, "stability": stability} for stability in stabilities]
    held = {"held": True, "stability": 1.0}
    opened = open_record(0.1, 1.0, gates=gates, controls=[held, *failed])
    opened["calibration"]["mutants"] = [{"caught": caught} for caught in mutants]
    return opened


GATED = {
    "an interval that fresh seeds might close": (open_record(-1.0, 1.0), pytest.skip.Exception),
    "a confirmation that was set aside": (open_record(0.1, 1.0), pytest.fail.Exception),
    "a refutation that was set aside": (open_record(-1.0, 0.4), pytest.fail.Exception),
    "a control that fresh seeds might turn": (set_aside(0.7), pytest.skip.Exception),
    "a control that is sure to fail again": (set_aside(0.7, 0.999), pytest.fail.Exception),
    "a control decided where it was measured": (set_aside(None), pytest.fail.Exception),
    "a mutant beside a doubtful control": (set_aside(0.7, mutants=[False]), pytest.fail.Exception),
    "a doubtful control of a claim that gates": (set_aside(0.7, gates=True), pytest.fail.Exception),
    "exact evidence": (open_record(-1.0, 1.0, gates=True), pytest.fail.Exception),
    "runs that all agree, whose bounds are infinite": (
        open_record(None, None),
        pytest.skip.Exception,
    ),
    "a word that a rule withholds": (
        open_record(0.6, 1.0, qualifiers=["rule"]),
        pytest.skip.Exception,
    ),
    "a world outside the regime": (
        open_record(-1.0, 0.4, qualifiers=["outside the regime"]),
        pytest.skip.Exception,
    ),
    "the paper's own scale": (open_record(-1.0, 1.0, tier="full"), pytest.fail.Exception),
    "what the claim file expects": (
        open_record(0.1, 1.0, expected="INCONCLUSIVE"),
        pytest.skip.Exception,
    ),
}


@pytest.mark.parametrize("name", GATED)
def test_an_open_claim_gates_unless_chance_alone_left_it_open(name):
    opened, outcome = GATED[name]

    assert raised(opened, "gate") is outcome


def test_a_claim_that_does_not_gate_says_how_often_fresh_seeds_would_agree():
    with pytest.raises(pytest.skip.Exception, match="fresh seeds would agree only 87%"):
        conclude(record("REFUTED", gates=False), inconclusive="skip")


def test_a_claim_of_which_that_is_not_known_says_so():
    unknown = record("REFUTED", gates=False)
    unknown["calibration"]["stability"] = None

    with pytest.raises(pytest.skip.Exception, match="it is not known how often fresh seeds"):
        conclude(unknown, inconclusive="skip")


def report(outcome, record, when="call", **fields):
    flags = {name: outcome == name for name in ("passed", "failed", "skipped")}
    return SimpleNamespace(outcome=outcome, claim_record=record, when=when, **flags, **fields)


KNOWN = {"wasxfail": "known"}

SHOWN = [
    ("passed", "CONFIRMED", {}, ("passed", "C", "CONFIRMED")),
    ("failed", "REFUTED", {}, ("failed", "R", "REFUTED")),
    ("failed", "SMALLER", {}, ("failed", "S", "SMALLER")),
    ("skipped", "SMALLER", KNOWN, ("xfailed", "s", "SMALLER (known)")),
    ("failed", "CONFIRMED", {}, ("failed", "!", "UNEXPECTEDLY CONFIRMED")),
    ("failed", "INCONCLUSIVE", {}, ("failed", "I", "INCONCLUSIVE")),
    ("skipped", "INCONCLUSIVE", {}, ("skipped", "I", "INCONCLUSIVE")),
    ("skipped", "INCONCLUSIVE", KNOWN, ("xfailed", "I", "INCONCLUSIVE")),
    ("skipped", "REFUTED", KNOWN, ("xfailed", "r", "REFUTED (known)")),
    ("skipped", "REFUTED", {}, ("skipped", "r", "REFUTED (not gating)")),
    ("skipped", "CONFIRMED", {}, ("skipped", "c", "CONFIRMED (not gating)")),
    ("failed", None, {}, ("error", "E", "ERROR")),
]


@pytest.mark.parametrize(("outcome", "verdict", "fields", "shown"), SHOWN)
def test_each_outcome_of_each_verdict_has_category_letter_and_word(outcome, verdict, fields, shown):
    category, letter, (word, _) = status(report(outcome, record(verdict), **fields))

    assert (category, letter, word) == shown


def test_a_refutation_stays_one_when_expected_failures_are_switched_off():
    _, letter, (word, _) = status(report("failed", record("REFUTED", "REFUTED")))

    assert (letter, word) == ("R", "REFUTED")


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_only_the_call_of_a_claim_is_shown_in_its_own_words(when):
    assert status(report("passed", record("CONFIRMED"), when=when)) is None


def test_an_ordinary_test_is_shown_as_pytest_shows_it():
    assert status(SimpleNamespace(when="call", outcome="passed")) is None


def test_all_runs_lost_is_a_status_of_its_own():
    category, letter, (word, _) = status(report("failed", record(None, status="lost")))

    assert (category, letter, word) == ("error", "L", "RUNS LOST")


def test_a_line_has_word_claim_numbers_and_what_was_known():
    assert verdict_line(record("REFUTED", "REFUTED")) == (
        "REFUTED k/r/mlp: 1 [0.5, not finite], n = 12, θ₀ = 0; known: too small a world"
    )


def test_a_line_says_the_sentence_and_what_qualifies_its_word():
    told = record(
        "CONFIRMED",
        sentence="For small nets it holds.",
        bearing="analogue",
        qualifiers=["vacuous"],
        provisional=True,
    )

    assert verdict_line(told) == (
        "CONFIRMED (analogue; vacuous; provisional, 0.99) k/r/mlp: For small nets it holds. "
        "1 [0.5, not finite], n = 12, θ₀ = 0"
    )


def test_a_line_on_an_error_has_its_reason():
    assert verdict_line(record(None, reason="out of memory")) == "ERROR k/r/mlp; out of memory"
