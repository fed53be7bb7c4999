"""Which printed differences of norm-bias and weight decay are significant (Tables 2, 3 and 8)?

Each cell is a mean ± standard error over ten runs, so Welch's test can be recomputed from print,
within the interval that rounding leaves. Whether the squares were divided by 9 or by 10 is not
said; a control shows that both give one answer. Eleven rows are one family: Holm.

The captions say that ± is the standard error. The card shows the counts under the other readings.

The paper calls the difference between decay and no penalty often significant, in Tables 2 and 3
(`decay-often-significant` is about these). It says nothing of significance for norm-bias over
decay. So the forms on significance go beyond its words. Those on direction ask only which printed
mean is the larger. What the text says of which rows is `norm-bias-text`.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import (
    READINGS,
    Cell,
    holm,
    readings_that_turn,
    welch_from_printed,
    worst_case,
)
from dltheory.verdicts import Claim, Criterion, holds, table

from .paper import NORM_BIAS_ROWS, PAPER

CLAIM = Claim(
    paper=PAPER,
    row="norm-bias-audit",
    locator="§3 text, Tables 2, 3 and 8",
    statement="As printed, the difference is in the stated direction, or significant too, in most "
    "rows.",
    kind="audit",
    formula="larger printed mean, or Holm-adjusted p of Welch's test < 0.05, in more than half of "
    "11 rows",
    estimand="share of rows in the stated direction, or significant in it",
    unit="share of rows",
    refuted_if="half of the rows or fewer are significant",
    quantifier="most",
)

LEVEL = 0.05

ASSUMED = "standard error", "standard error by n"  # the second divides squares by n

AUDIT = "Welch's test recomputed from printed means and standard errors, Holm over 11 rows"


def form(gain, reason=""):
    """The audit of one comparison; it trains nothing."""
    return Form(
        sentence=f"As printed in Tables 2, 3 and 8, the gain of {gain} is significant in more than "
        "half of the eleven rows.",
        bearing="analogue",
        criterion=Criterion(
            null=0.5,
            because="most rows are more than half; Holm at 5 %, as a reader would",
            expected="REFUTED" if reason else "CONFIRMED",
            expected_reason=reason,
        ),
    )


def direction(gain):
    """The audit of the printed means of one comparison."""
    return Form(
        sentence=f"As printed in Tables 2, 3 and 8, the mean is larger for {gain} in more than "
        "half of the eleven rows.",
        criterion=Criterion(null=0.5, because="most rows are more than half"),
    )


CASES = {
    "norm-bias-over-decay-direction": direction("norm-bias than for weight decay"),
    "decay-over-none-direction": direction("weight decay than for no penalty"),
    "norm-bias-over-decay": form("norm-bias over weight decay", "4 of 11 rows survive Holm"),
    "decay-over-none": form("weight decay over no penalty"),
}
COLUMNS = {  # larger, smaller, and one that could be taken for the smaller
    "norm-bias-over-decay": ("norm_bias", "decay", "norm_bias"),
    "decay-over-none": ("decay", "no_decay", "norm_bias"),
}
DIRECTION = "-direction"


@claim(CLAIM, static=CASES)
def test_the_printed_differences_are_significant_in_most_rows(judge, case_name):
    better, worse, misread = COLUMNS[case_name.removesuffix(DIRECTION)]
    rows = [(getattr(row, better), getattr(row, worse)) for row in NORM_BIAS_ROWS]
    wrong = [
        welch_from_printed(getattr(row, better), getattr(row, misread)) for row in NORM_BIAS_ROWS
    ]
    tests = [welch_from_printed(better, worse) for better, worse in rows]
    turned = readings_that_turn({r: _most_significant(rows, r) for r in ASSUMED}, ASSUMED[0])
    as_printed, kind, unkind = (_significant(tests, p) for p in ("p", "p_low", "p_high"))
    if case_name.endswith(DIRECTION):
        return _judge_directions(judge, tests, wrong, as_printed, rows)
    return judge(
        worst_case([as_printed.mean()], method=AUDIT),
        controls=[
            holds(
                "rounding does not decide",
                expectation="the same answer at the kindest and the unkindest rounding",
                observed=f"significant rows: {unkind.sum()} to {kind.sum()} of {len(rows)}",
                held=bool((kind.mean() > 0.5) == (unkind.mean() > 0.5)),
            ),
            holds(
                "the divisor of ± does not decide",
                expectation="the same answer with squares divided by the number of runs",
                observed=f"another answer under {', '.join(turned) or 'no reading'}",
                held=not turned,
            ),
            holds(
                "the audit can confirm",
                expectation="a made-up table, each row ten standard errors apart, passes in full",
                observed=f"{_made_up().sum()} of {len(rows)} rows significant",
                held=bool(_made_up().all()),
            ),
        ],
        mutants={"a wrong column": worst_case([_significant(wrong, "p").mean()])},
        plots=[],
        tables=[_table(tests, as_printed), _readings(rows)],
    )


def _judge_directions(judge, tests, wrong, as_printed, rows):
    above = np.asarray([test.difference > 0 for test in tests])
    below = np.asarray([test.difference < 0 for test in tests])
    judge(
        worst_case([above.mean()], method="printed means compared"),
        controls=[
            holds(
                "ties do not decide",
                expectation="the same answer with ties counted as in the stated direction",
                observed=f"{above.sum()} of {len(tests)} above, {below.sum()} below",
                held=bool((above.mean() > 0.5) == ((~below).mean() > 0.5)),
            )
        ],
        mutants={"a wrong column": worst_case([np.mean([test.difference > 0 for test in wrong])])},
        plots=[],
        tables=[_table(tests, as_printed), _readings(rows)],
    )


def _readings(rows):
    """How many rows are significant if ± is not what the captions say."""
    counts = []
    for reading in READINGS:
        tests = [welch_from_printed(better, worse, error=reading) for better, worse in rows]
        counts.append([reading, int(_significant(tests, "p").sum())])
    return table("Under each reading of ±", ["± is", "significant rows"], counts)


def _most_significant(rows, reading):
    tests = [welch_from_printed(better, worse, error=reading) for better, worse in rows]
    return bool(_significant(tests, "p").mean() > 0.5)


def _significant(tests, which):
    adjusted = np.asarray(holm([getattr(test, which) for test in tests]))
    return (adjusted < LEVEL) & np.asarray([test.difference > 0 for test in tests])


def _made_up():
    better = Cell(mean="90.00", error="0.05", n=10)
    worse = Cell(mean="89.50", error="0.05", n=10)
    return _significant([welch_from_printed(better, worse)] * len(NORM_BIAS_ROWS), "p")


def _table(tests, significant):
    adjusted = holm([test.p for test in tests])
    rows = [
        [
            row.name,
            f"{t.difference:+.2f}",
            t.t,
            f"{t.p_low:.2g} … {t.p_high:.2g}",
            p,
            "✓" if s else "✕",
        ]
        for row, t, p, s in zip(NORM_BIAS_ROWS, tests, adjusted, significant, strict=True)
    ]
    columns = ["row", "difference (pp)", "t", "p over roundings", "Holm p", "significant"]
    return table("Every row, recomputed from print", columns, rows)
