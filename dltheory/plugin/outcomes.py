"""How verdicts become pytest outcomes, and their letters and words in the terminal.

CONFIRMED      passed                          C
REFUTED        failed, without a traceback     R
INCONCLUSIVE   skipped (or --inconclusive)     I
known REFUTED  xfailed, strictly               r
known, but CONFIRMED   failed                  !
not gating     skipped, whatever the verdict   lower case
no verdict     error, with its traceback       E
"""

from __future__ import annotations

from typing import Any

import pytest

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


def conclude(record: dict[str, Any], *, inconclusive: str) -> None:
    """Raise what makes pytest show this record's verdict; return if it is plainly confirmed."""
    verdict, expected = record["verdict"], record["expected"]
    gates = record["calibration"]["gates"]
    message = sentence(record)
    if verdict == "INCONCLUSIVE":
        _inconclusive(message, _open_outcome(record, inconclusive))
    if verdict != expected and not gates:
        pytest.skip(f"{message}; does not gate, since {_of_fresh_seeds(record)}")
    if verdict == "REFUTED":
        raise ClaimRefuted(message)
    if expected == "INCONCLUSIVE":
        raise ClaimUnexpected(f"{message}; expected was INCONCLUSIVE: amend the claim file")


def _of_fresh_seeds(record: dict[str, Any]) -> str:
    stability = record["calibration"]["stability"]
    if stability is None:
        return "it is not known how often fresh seeds would agree"
    return f"fresh seeds would agree only {stability:.0%}"


def _open_outcome(record: dict[str, Any], asked: str) -> str:
    """skip, xfail or fail.

    Where an open verdict is expected there is nothing to fail for: the reason stands in the claim
    file. "gate" fails one that was set aside by a failed control or a mutant, or that rests on
    exact evidence; an interval that fresh seeds might close, or a control that they might turn, is
    reported and does not gate.
    """
    if record["expected"] == "INCONCLUSIVE":
        return "skip"
    if asked == "gate":
        by_chance = _interval_is_open(record) or _controls_might_turn(record)
        gates = record["calibration"]["gates"] or record["tier"] == "full"
        return "skip" if by_chance and not gates else "fail"
    return asked


def _interval_is_open(record: dict[str, Any]) -> bool:
    """Whether the bounds alone decide nothing, whatever controls and mutants say."""
    criterion, evidence = record["criterion"], record["evidence"]
    lower, upper, null = evidence["lower"], evidence["upper"], criterion["null"]
    if None in (lower, upper):
        return False
    return lower <= null and upper >= null + (criterion["smallest_effect"] or 0.0)


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


def sentence(record: dict[str, Any]) -> str:
    """One line for the terminal: verdict, claim, estimate with its bounds, reason."""
    case = f"/{record['case']}" if record["case"] else ""
    text = f"{record['verdict'] or record['status'].upper()} {record['claim']}{case}"
    evidence = record["evidence"]
    if evidence:
        estimate, lower, upper = (_short(evidence[name]) for name in ("estimate", "lower", "upper"))
        text += (
            f": {estimate} [{lower}, {upper}], n = {evidence['n']}, "
            f"θ₀ = {_short(record['criterion']['null'])}"
        )
    if record["reason"]:
        text += f"; {record['reason']}"
    if record["verdict"] == record["expected"] != "CONFIRMED":
        text += f"; known: {record['expected_reason']}"
    return text


def _short(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4g}"


def status(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Category, letter and word of a claim's report; the built-in categories stay underneath."""
    record = getattr(report, "claim_record", None)
    if record is None or report.when != "call":
        return None
    verdict = record["verdict"]
    if verdict is None:
        return "error", "E", ("ERROR", {"red": True})
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
        return "r", (f"{verdict} (known)", colour)
    if category == "skipped":
        return verdict[0].lower(), (f"{verdict} (not gating)", colour)
    return verdict[0], (verdict, colour)
