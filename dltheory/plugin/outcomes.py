"""How verdicts become pytest outcomes, and their letters and words in the terminal.

    CONFIRMED      passed                          C
    REFUTED        failed, without a traceback     R
    INCONCLUSIVE   skipped (or --inconclusive)     I
    known REFUTED  xfailed, strictly               r
    not gating     skipped, whatever the verdict   lower case
"""

from __future__ import annotations

from typing import Any

import pytest


class ClaimRefuted(pytest.fail.Exception):
    """The claim does not hold in this form; no traceback, because no code is at fault."""

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
        _inconclusive(message, inconclusive)
    if verdict != expected and not gates:
        stability = record["calibration"]["stability"]
        pytest.skip(f"{message}; does not gate, since fresh seeds would agree only {stability:.0%}")
    if verdict == "REFUTED":
        raise ClaimRefuted(message)
    if expected == "INCONCLUSIVE":
        raise ClaimUnexpected(f"{message}; expected was INCONCLUSIVE: amend the claim file")


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
        text += (
            f": {evidence['estimate']:.4g} [{evidence['lower']:.4g}, {evidence['upper']:.4g}], "
            f"n = {evidence['n']}, θ₀ = {record['criterion']['null']:.4g}"
        )
    if record["reason"]:
        text += f"; {record['reason']}"
    return text


def status(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Category, letter and word of a claim's report; the built-in categories stay underneath."""
    record = getattr(report, "claim_record", None)
    if record is None or report.when != "call" or not record["verdict"]:
        return None
    verdict = record["verdict"]
    if report.passed:
        return "passed", "C", (verdict, {"green": True})
    if report.failed and hasattr(report, "wasxfail"):
        return "failed", "!", (f"UNEXPECTEDLY {verdict}", {"red": True})
    if report.failed:
        unexpected = verdict == record["expected"] or verdict == "CONFIRMED"
        word = f"UNEXPECTEDLY {verdict}" if unexpected else verdict
        return "failed", "!" if unexpected else "R", (word, {"red": True})
    if hasattr(report, "wasxfail"):
        return "xfailed", "r", (f"{verdict} (known)", {"yellow": True})
    if verdict == "INCONCLUSIVE":
        return "skipped", "I", (verdict, {"yellow": True})
    return "skipped", verdict[0].lower(), (f"{verdict} (not gating)", {"yellow": True})
