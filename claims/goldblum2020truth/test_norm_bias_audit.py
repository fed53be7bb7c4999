"""Which printed differences of norm-bias and weight decay are significant (Tables 2, 3 and 8)?

Each cell is a mean ± standard error over ten runs, so Welch's test can be recomputed from print,
within the interval that rounding leaves. Whether the squares were divided by 9 or by 10 is not
said; a control shows that both give one answer. Eleven rows are one family: Holm. If decay improved
on no penalty everywhere, and norm-bias on decay, every row would show it; as printed, each holds
only for a part of the rows. What the text itself says of which rows is `norm-bias-text`.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import Cell, holm, readings_that_turn, welch_from_printed, worst_case
from dltheory.verdicts import Claim, Criterion, holds, table

from .paper import NORM_BIAS_ROWS, PAPER

CLAIM = Claim(
    paper=PAPER,
    row="norm-bias-audit",
    locator="§3 text, Tables 2, 3 and 8",
    statement="As printed, the difference is in the stated direction and significant in every row.",
    kind="audit",
    formula="Holm-adjusted p of Welch's test < 0.05 in each of the 11 rows",
    estimand="number of rows that are significant in the stated direction, minus 11",
    unit="rows",
    refuted_if="one row or more is not significant, however its numbers were rounded",
)

LEVEL = 0.05

ASSUMED = "standard error", "standard error by n"  # the second divides squares by n

AUDIT = "Welch's test recomputed from printed means and standard errors, Holm over 11 rows"


def form(reason):
    """The audit of one comparison; it trains nothing."""
    return Form(
        criterion=Criterion(
            null=-0.5,
            because="all rows or not: a row missing is one too few; Holm at 5 %, as a reader would",
            licenses="A statement on printed numbers alone; it says nothing on networks.",
            expected="REFUTED",
            expected_reason=reason,
        )
    )


CASES = {
    "norm-bias-over-decay": form("4 of 11 rows survive Holm; MobileNetV2 in Table 3 is a tie"),
    "decay-over-none": form("MobileNetV2 in Table 2 is a tie, and the MLP's gain is within noise"),
}


@claim(CLAIM, static=CASES)
def test_the_printed_differences_are_significant_in_every_row(judge, case_name):
    pairs = {"norm-bias-over-decay": _norm_bias_and_decay, "decay-over-none": _decay_and_none}
    rows = [pairs[case_name](row) for row in NORM_BIAS_ROWS]
    tests = [welch_from_printed(better, worse) for better, worse in rows]
    turned = readings_that_turn({r: _all_significant(rows, r) for r in ASSUMED}, ASSUMED[0])
    as_printed, kind, unkind = (_significant(tests, p) for p in ("p", "p_low", "p_high"))

    judge(
        worst_case([as_printed.sum() - len(rows)], method=AUDIT),
        controls=[
            holds(
                "rounding does not decide",
                expectation="the same answer at the kindest and the unkindest rounding",
                observed=f"significant rows: {unkind.sum()} to {kind.sum()} of {len(rows)}",
                held=bool(kind.all() == unkind.all()),
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
        plots=[],
        tables=[_table(tests, as_printed)],
    )


def _norm_bias_and_decay(row):
    return row.norm_bias, row.decay


def _decay_and_none(row):
    return row.decay, row.no_decay


def _all_significant(rows, reading):
    tests = [welch_from_printed(better, worse, error=reading) for better, worse in rows]
    return bool(_significant(tests, "p").all())


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
