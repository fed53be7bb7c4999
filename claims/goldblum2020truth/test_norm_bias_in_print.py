"""What the printed numbers of §3 do show (Tables 2, 3 and 8; A.5).

Three statements can be recomputed from print, by Welch's test on means ± standard errors over ten
runs:

    often       in most rows of Tables 2 and 3 decay improves on no penalty significantly (Holm)
    no worse    mean(norm-bias) − mean(decay) > −m at 1 % in each of the eleven rows
    pinned      the printed norm of Fixup networks is that of the target, 31.62 against √1000

Both versions of the paper print the same numbers on CIFAR-10 and say the same about them; only the
version of 2020 has Table 8. Of the eight rows of 2019, taken as a family of their own, three
survive Holm for norm-bias over decay and six for decay over none.
"""

import math

from dltheory.plugin import Form, claim
from dltheory.statistics import Cell, Printed, welch_from_printed, worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, table

from .norm_bias_rows import SETTINGS
from .paper import FIXUP_NORMS, NORM_BIAS_ROWS, PAPER, T8
from .recipes import DECAY, NORM_BIAS
from .significance import significant

MARGINS = {T8: 1.0}  # percentage points, as in the full forms of `norm-bias-no-worse`
MARGIN = 0.2
ONE_SIDED = 0.01


# ── often ─────────────────────────────────────────────────────────────────────────────────────────

OFTEN = Claim(
    paper=PAPER,
    row="decay-often-significant",
    locator="§3 text, Tables 2 and 3",
    statement="As printed, decay improves on no penalty significantly in most rows on CIFAR-10.",
    kind="audit",
    formula="Holm-adjusted p of Welch's test < 0.05 in more than half of 8 rows",
    estimand="share of rows that are significant in the stated direction",
    unit="share of rows",
    refuted_if="half of the rows or fewer are significant",
    quantifier="often",
)
MOST = Form(
    sentence="As printed in Tables 2 and 3, weight decay improves on no penalty significantly in "
    "more than half of the eight rows.",
    criterion=Criterion(null=0.5, because="“often” is at least in most rows"),
)
CIFAR10_ROWS = [row for row in NORM_BIAS_ROWS if row.table != T8]


@claim(OFTEN, static=MOST)
def test_as_printed_decay_often_improves_significantly_on_no_penalty(judge):
    pairs = [(row.decay, row.no_decay) for row in CIFAR10_ROWS]
    found, swapped = significant(pairs), significant([(b, a) for a, b in pairs])
    misread = significant([(row.decay, row.norm_bias) for row in CIFAR10_ROWS])

    judge(
        worst_case([sum(found) / len(found)], method="Welch's tests from print, Holm over 8 rows"),
        controls=[
            holds(
                "direction counts",
                expectation="with the columns exchanged no row is significant",
                observed=f"{sum(swapped)} of {len(swapped)}",
                held=not any(swapped),
            )
        ],
        mutants={
            "the column of norm-bias read as no penalty": worst_case([sum(misread) / len(misread)])
        },
        plots=[],
        tables=[
            table(
                "Decay over no penalty",
                ["row", "no penalty", "weight decay", "significant"],
                [
                    [row.name, *map(_text, (row.no_decay, row.decay)), "✓" if one else "✕"]
                    for row, one in zip(CIFAR10_ROWS, found, strict=True)
                ],
            )
        ],
    )


# ── no worse ──────────────────────────────────────────────────────────────────────────────────────

NO_WORSE = Claim(
    paper=PAPER,
    row="norm-bias-no-worse-in-print",
    locator="Tables 2, 3 and 8",
    statement="As printed, norm-bias is no worse than weight decay in any row.",
    kind="audit",
    formula="one-sided p of Welch's test of mean(norm-bias) + m > mean(decay) below 0.01, each row",
    estimand="log₁₀(0.01 / p) in the row where p is largest, at the unkindest rounding",
    unit="powers of ten",
    refuted_if="in one row a loss of m is not excluded",
    quantifier="every",
)
EACH = Form(
    sentence="As printed, norm-bias is no worse than weight decay in any row: a loss of 0.2 points "
    "in Tables 2 and 3, of 1 point in Table 8, is excluded at 1 %.",
    criterion=Criterion(
        because="m = 0.2 pp on CIFAR-10 and 1 pp on CIFAR-100, a third of what decay gains "
        "ResNet-18; every row must pass, so nothing is corrected",
    ),
)


@claim(NO_WORSE, static=EACH)
def test_as_printed_norm_bias_is_no_worse_in_any_row(judge):
    margins = [_excluded(row, row.norm_bias) for row in NORM_BIAS_ROWS]
    none = [_excluded(row, row.no_decay) for row in NORM_BIAS_ROWS]

    judge(
        worst_case(margins, method="Welch's tests from print, worst of 11 rows"),
        controls=[
            holds(
                "the margin can be missed",
                expectation="no penalty, in the place of norm-bias, is worse in some row",
                observed=f"worst row {min(none):.3g}",
                held=min(none) < 0,
                when_failed="vacuous",
            )
        ],
        mutants={"no penalty in the place of norm-bias": worst_case(none)},
        plots=[
            cases_plot(
                "rows of Tables 2, 3 and 8",
                "log₁₀(0.01 / p)",
                margins,
                threshold=0.0,
                threshold_name="a loss of m is excluded at 1 %",
            )
        ],
    )


def _excluded(row, cell):
    """log₁₀(0.01 / p) of the test that this cell is no worse than decay by m, unkindly rounded."""
    margin = MARGINS.get(row.table, MARGIN)
    test = welch_from_printed(_plus(cell, margin), row.decay)
    p = test.p_high / 2 if test.difference > 0 else 1 - test.p_low / 2
    return math.log10(ONE_SIDED / p)


def _plus(cell, margin):
    decimals = Printed.parse(cell.mean).decimals
    return Cell(mean=f"{float(cell.mean) + margin:.{decimals}f}", error=cell.error, n=cell.n)


def _text(cell):
    return f"{cell.mean} ± {cell.error}"


# ── pinned ────────────────────────────────────────────────────────────────────────────────────────

PINNED = Claim(
    paper=PAPER,
    row="norm-pinned-in-print",
    locator="Appendix A.5",
    statement="The norm printed for norm-bias is the norm that it was told to have.",
    kind="audit",
    formula="|‖φ‖ − μ| ≤ half a unit in the last printed digit",
    estimand="1 − |‖φ‖ − μ| / half a unit",
    unit="half units of the last digit",
    refuted_if="the printed norm is not μ, rounded",
)
ROUNDED = Form(
    sentence="As printed in A.5, the norm of Fixup ResNet-20 after norm-bias is √1000, its target, "
    "rounded to two decimals.",
    criterion=Criterion(because="what rounds to the printed number is that number"),
)


@claim(PINNED, static=ROUNDED)
def test_the_norm_printed_for_norm_bias_is_its_target(judge):
    target = math.sqrt(SETTINGS["fixup20"].squared_norm)
    off = {arm: _half_units(FIXUP_NORMS[arm], target) for arm in FIXUP_NORMS}

    judge(
        worst_case([1 - off[NORM_BIAS]]),
        controls=[
            holds(
                "another norm is told apart",
                expectation="the norm printed for weight decay is not the target",
                observed=f"{off[DECAY]:.4g} half units away",
                held=off[DECAY] > 1,
                when_failed="vacuous",
            )
        ],
        mutants={"the norm of weight decay": worst_case([1 - off[DECAY]])},
        plots=[],
        tables=[
            table(
                "Norms printed for Fixup ResNet-20",
                ["arm", "‖φ‖ printed", "‖φ‖²", "μ²"],
                [
                    [arm, printed, round(float(printed) ** 2, 1), round(target**2, 1)]
                    for arm, printed in FIXUP_NORMS.items()
                ],
            )
        ],
    )


def _half_units(text, value):
    printed = Printed.parse(text)
    return abs(printed.value - value) / (printed.high - printed.value)
