"""Are the printed points after training what minima of the loss can be (Tables 1, 5, 6 and 7)?

losses       cross-entropy is at most ln C at any point that is stationary in the last layer
             (`ce-ceiling`), so a printed loss above ln C is none of a minimum of the plain loss;
curvature    an eigenvalue of the loss's Hessian is what was printed less the weight decay that the
             authors' operator adds to all of them, 5e-4, and it must exceed what rounding leaves
             of λ_min + |λ|_max − |λ|_max in float32, whose numbers near 113,598.85 are 2⁻⁷ apart.

Both ask of a row what holds however its numbers were rounded in print. Table 1 does not say which
decay its networks were trained with; 5e-4 is the code's default.
"""

import math

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import Printed, worst_case
from dltheory.verdicts import Claim, Criterion, holds, table

from . import table_1, tables_5_to_7
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="table-1-audit",
    locator="Tables 1, 5, 6 and 7, columns “After training”",
    statement="As printed, every point after training can be a local minimum of the loss.",
    kind="audit",
    formula="L ≤ ln C; and λ_min − decay > 0, by more than float32 resolves",
    estimand="number of rows that pass, minus the number of rows",
    unit="rows",
    refuted_if="one row or more fails, however its numbers were rounded",
)

DECAY = 5e-4
UNITS = 4  # roundings of a sum and a difference, in units in the last place


def form(reason):
    """The audit of one column; it trains nothing."""
    return Form(
        criterion=Criterion(
            null=-0.5,
            because="all rows or not: one row that cannot be a minimum is one too many",
            licenses="A statement on printed numbers alone; it says nothing on networks.",
            expected="REFUTED",
            expected_reason=reason,
        )
    )


CASES = {
    "losses": form(
        "2.3301 and 2.3153 in Table 1 and 2.30658 in Table 5 lie above ln 10, two more rows of "
        "Table 5 by 10⁻⁵"
    ),
    "curvature": form("the row “Lemma 1” is round-off of float32, two others are the decay alone"),
}


@claim(CLAIM, static=CASES)
def test_every_printed_point_can_be_a_local_minimum(judge, case_name):
    rows, passes = {"losses": _losses, "curvature": _curvature}[case_name]()
    columns = {
        "losses": ["row", "loss after training", "ln C", "above"],
        "curvature": ["row", "printed", "less the decay", "float32 resolves", "passes"],
    }[case_name]

    judge(
        worst_case([passes.sum() - len(passes)], method="compared with print, roundings included"),
        controls=_controls(case_name),
        plots=[],
        tables=[table("Every row", columns, rows)],
    )


def _printed_losses():
    for row in table_1.ROWS:
        yield f"Table 1, {row.name}", row.after.loss, table_1.CLASSES
    for printed in tables_5_to_7.TABLES:
        for row in printed.rows:
            yield f"{printed.name}, {row.name}", row.loss, printed.classes


def _losses():
    rows, passes = [], []
    for name, text, classes in _printed_losses():
        lowest, ceiling = Printed.parse(text).low, math.log(classes)
        passes.append(lowest <= ceiling)
        rows.append([name, text, f"{ceiling:.5f}", "" if passes[-1] else f"{lowest - ceiling:.4f}"])
    return rows, np.asarray(passes)


def _curvature():
    rows, passes = [], []
    for row in table_1.ROWS:
        text = row.after.smallest
        cell = Printed.parse(text)
        resolved = UNITS * _spacing(row.largest_after) if row.largest_after else 0.0
        passes.append(cell.low - DECAY > resolved)
        shown = f"{resolved:.3g}" if row.largest_after else "λ_max not printed"
        rows.append(
            [row.name, text, f"≤ {cell.high - DECAY:.5f}", shown, "✓" if passes[-1] else "✕"]
        )
    return rows, np.asarray(passes)


def _spacing(text):
    """The distance of neighbouring float32 numbers there."""
    return float(np.spacing(np.float32(text)))


def _controls(case_name):
    spacing = _spacing(table_1.LEMMA_1.largest_after)
    units = [
        float(point.smallest) / spacing for point in (table_1.LEMMA_1.before, table_1.LEMMA_1.after)
    ]
    if case_name == "losses":
        below = sum(float(text) < math.log(classes) for _, text, classes in _printed_losses())
        return [
            holds(
                "the audit can pass a row",
                expectation="losses below ln C in half of the rows or more",
                observed=f"{below} of {len(list(_printed_losses()))}",
                held=below * 2 >= len(list(_printed_losses())),
            )
        ]
    return [
        holds(
            "the eigenvalues of “Lemma 1” are whole numbers of float32 steps",
            expectation="4 and 2 steps of 2⁻⁷, to the printed digits",
            observed=f"{units[0]:.4g} and {units[1]:.4g} steps of {spacing:g}",
            held=all(abs(u - round(u)) < 0.01 for u in units) and spacing == 2.0**-7,
        ),
        holds(
            "the audit can pass a row",
            expectation="“Default” passes: 0.0007 is more than the decay, and λ_max is 24.01",
            observed=f"0.0007 − {DECAY:g}, float32 steps of {_spacing('24.01'):.2g}",
            held=bool(_curvature()[1][0]),
        ),
    ]
