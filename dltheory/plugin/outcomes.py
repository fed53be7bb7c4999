"""How verdicts become pytest outcomes, and their letters and words in the terminal.

CONFIRMED      passed                          C
SMALLER        failed, without a traceback     S
REFUTED        failed, without a traceback     R
INCONCLUSIVE   skipped (or --inconclusive)     I
known REFUTED  xfailed, strictly               r   (known SMALLER: s)
known, but CONFIRMED   failed                  !
not gating     skipped, whatever the verdict   lower case
all runs lost  failed, without a traceback     L
no verdict     error, with its traceback       E
"""

from __future__ import annotations

from typing import Any

import pytest

from dltheory.reporting.visible import visible
from dltheory.verdicts.calibration import STABLE


class ClaimRefuted(pytest.fail.Exception):
    """The claim does not hold in this form; no traceback, because no code is at fault."""

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)


class ClaimNotJudged(pytest.fail.Exception):
    """Something kept the claim from being judged; its message says what, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)


class ClaimUnexpected(pytest.fail.Exception):
    """The verdict is not the one that the claim file expects; amend the expectation there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)


class ClaimSmaller(pytest.fail.Exception):
    """The effect is there and smaller than claimed; no traceback, because no code is at fault."""

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)


DENIALS = {"REFUTED": ClaimRefuted, "SMALLER": ClaimSmaller}
"""What is raised for a word that is not CONFIRMED; expected where the claim file expects it."""


def conclude(record: dict[str, Any], *, inconclusive: str) -> None:
    """Raise what makes pytest show this record's verdict; return if it is plainly confirmed."""
    verdict, expected = record["verdict"], record["expected"]
    gates = record["calibration"]["gates"]
    message = verdict_line(record)
    if verdict == "INCONCLUSIVE":
        _inconclusive(message, _open_outcome(record, inconclusive))
    if verdict != expected and not gates:
        pytest.skip(f"{message}; does not gate, since {_why_not(record)}")
    if verdict in DENIALS:
        raise DENIALS[verdict](message)
    if expected == "INCONCLUSIVE":
        raise ClaimUnexpected(f"{message}; expected was INCONCLUSIVE: amend the claim file")


def _why_not(record: dict[str, Any]) -> str:
    stability = record["calibration"]["stability"]
    if stability is None:
        return "it is not known how often fresh seeds would agree"
    if stability >= STABLE:
        return "no control or no mutant could have turned it"
    return f"fresh seeds would agree only {stability:.0%}"


def _open_outcome(record: dict[str, Any], asked: str) -> str:
    """skip, xfail or fail.

    Where an open verdict is expected there is nothing to fail for: the reason stands in the claim
    file. "gate" fails one that was set aside by a failed control or a mutant, or that rests on
    exact evidence. What fresh seeds might close or turn, and a word that a rule of the design
    withholds, is reported and does not gate.
    """
    if record["expected"] == "INCONCLUSIVE":
        return "skip"
    if asked == "gate":
        if _WITHHELD & {*record["qualifiers"]}:
            return "skip"
        by_chance = _interval_is_open(record) or _controls_might_turn(record)
        gates = record["calibration"]["gates"] or record["tier"] == "full"
        return "skip" if by_chance and not gates else "fail"
    return asked


_WITHHELD = {"rule", "error rate", "runs lost", "outside the regime"}


def _interval_is_open(record: dict[str, Any]) -> bool:
    """Whether the bounds alone decide nothing, whatever controls and mutants say."""
    criterion, evidence = record["criterion"], record["evidence"]
    lower, upper, null = evidence["lower"], evidence["upper"], criterion["null"]
    line = null + (criterion["smallest_effect"] or 0.0) - (criterion["slack"] or 0.0)
    return (lower is None or lower <= null) and (upper is None or upper >= line)


def _controls_might_turn(record: dict[str, Any]) -> bool:
    """Whether it was set aside by failed controls alone, none of which is sure to fail again."""
    failed = [control for control in record["controls"] if not control["held"]]
    passed = [mutant for mutant in record["calibration"]["mutants"] if not mutant["caught"]]
    sure = [c for c in failed if c["stability"] is None or c["stability"] >= STABLE]
    return bool(failed) and not sure and not passed


def _inconclusive(message: str, how: str) -> None:
    if how == "fail":
        pytest.fail(message, pytrace=False)
    if how == "xfail":
        pytest.xfail(message)
    pytest.skip(message)


def verdict_line(record: dict[str, Any]) -> str:
    """One line for the terminal: word, claim, the form's sentence, estimate with bounds, reason."""
    case = f"/{record['case']}" if record["case"] else ""
    text = f"{_word(record)} {record['claim']}{case}"
    if record["sentence"]:
        text += f": {record['sentence']}"
    evidence = record["evidence"]
    if evidence:
        estimate, lower, upper = (_short(evidence[name]) for name in ("estimate", "lower", "upper"))
        text += (
            f"{'' if record['sentence'] else ':'} {estimate} [{lower}, {upper}], "
            f"n = {evidence['n']}, θ₀ = {_short(record['criterion']['null'])}"
        )
    if record["reason"]:
        text += f"; {record['reason']}"
    if record["verdict"] == record["expected"] != "CONFIRMED":
        text += f"; known: {record['expected_reason']}"
    return visible(text)


def _word(record: dict[str, Any]) -> str:
    """The word with all that qualifies it: what it bears on, how sure it is, what else passes."""
    verdict = record["verdict"]
    if verdict is None:
        return record["status"].upper()
    if verdict == "INCONCLUSIVE":
        return verdict
    notes = list(record["qualifiers"])
    if record["bearing"] != "claim":
        notes.insert(0, record["bearing"])
    if record["provisional"]:
        notes.append(f"provisional, {record['calibration']['stability']:.2f}")
    return f"{verdict} ({'; '.join(notes)})" if notes else verdict


def _short(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"


def status(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Category, letter and word of a claim's report; the built-in categories stay underneath."""
    record = getattr(report, "claim_record", None)
    if record is None or report.when != "call" or record["status"] == "not run":
        return None
    verdict = record["verdict"]
    if verdict is None:
        lost = record["status"] == "lost"
        word = ("L", "RUNS LOST") if lost else ("E", "ERROR")
        return "error", word[0], (word[1], {"red": True})
    colour = {"green": report.passed, "red": report.failed, "yellow": report.skipped}
    known = report.skipped and hasattr(report, "wasxfail")
    category = "xfailed" if known else report.outcome
    return category, *_letter_and_word(verdict, category, colour)


def _letter_and_word(
    verdict: str, category: str, colour: dict[str, bool]
) -> tuple[str, tuple[str, dict[str, bool]]]:
    if verdict == "INCONCLUSIVE":
        return "I", (verdict, colour)
    if category == "failed" and verdict == "CONFIRMED":
        return "!", (f"UNEXPECTEDLY {verdict}", colour)
    if category == "xfailed":
        return verdict[0].lower(), (f"{verdict} (known)", colour)
    if category == "skipped":
        return verdict[0].lower(), (f"{verdict} (not gating)", colour)
    return verdict[0], (verdict, colour)
