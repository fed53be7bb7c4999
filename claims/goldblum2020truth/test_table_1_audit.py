"""Are the printed points after training what minima of the loss can be (Tables 1, 5, 6 and 7)?

losses       cross-entropy is at most ln C at any point that is stationary in the last layer
             (`ce-ceiling`), so a printed loss above ln C is none of a minimum of the plain loss;
curvature    an eigenvalue of the loss's Hessian is what was printed less the weight decay that the
             authors' operator adds to all of them, and at a minimum it is 0 or more.

Both ask of a row what holds however its numbers were rounded in print. Table 1 does not say which
decay its networks were trained with, nor whether its losses contain it: the first audit is of the
plain loss, the second of the code's default, 5e-4. Of the row “Lemma 1” the second says little:
λ_min + |λ|_max − |λ|_max was taken in float32, whose numbers near 113,598.85 are 2⁻⁷ apart, and
the printed 0.0156 is two such steps.

The authors could say of losses above ln C that they contain the decay of all layers: squared norms
of 110 and 51 would do it, at the code's decay. Then the row “Default” would contain it too, and its
0.0061 leaves room for a squared norm of 24, where such a network begins at about 1,700.
"""

import math

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import Printed, worst_case
from dltheory.verdicts import Bearing, Claim, Criterion, holds, table

from . import table_1, tables_5_to_7
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="table-1-audit",
    locator="Tables 1, 5, 6 and 7, columns “After training”",
    statement="As printed, every point after training can be a local minimum of the loss.",
    kind="audit",
    formula="L ≤ ln C; and λ_min − decay ≥ 0",
    estimand="number of rows that pass, minus the number of rows",
    unit="rows",
    refuted_if="one row or more fails, however its numbers were rounded",
    quantifier="every",
)

DECAY = 5e-4


def form(sentence, reason, *, bearing: Bearing = "claim", deviations=()):
    """The audit of one column; it trains nothing."""
    return Form(
        sentence=sentence,
        bearing=bearing,
        criterion=Criterion(
            null=-0.5,
            because="all rows or not: the tables call every row a local minimum, and one that "
            "cannot be one is one too many",
            expected="REFUTED",
            expected_reason=reason,
            deviations=deviations,
        ),
    )


CASES = {
    "losses": form(
        "As printed in Tables 1, 5, 6 and 7, no loss after training lies above ln C, as that of a "
        "local minimum of the plain cross-entropy cannot.",
        "2.3301 and 2.3153 in Table 1 and 2.30658 in Table 5 lie above ln 10",
    ),
    "curvature": form(
        "As printed in Table 1, no smallest eigenvalue after training is negative once the decay "
        f"of {DECAY:g} in the authors' operator is taken off.",
        "0.0000 in the row “U(−50, 50)” is less than the decay",
        bearing="analogue",
        deviations=("weight decay 5e-4: unspecified in the paper, the default of the code",),
    ),
}


@claim(CLAIM, static=CASES)
def test_every_printed_point_can_be_a_local_minimum(judge, case_name):
    rows, passes = {"losses": _losses, "curvature": _curvature}[case_name]()
    columns = {
        "losses": ["row", "loss after training", "ln C", "above"],
        "curvature": ["row", "printed", "less the decay", "float32 step at λ_max", "passes"],
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
            loss = row.loss.rstrip("0") if printed.padded else row.loss
            yield f"{printed.name}, {row.name}", loss, printed.classes


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
        step = f"{_spacing(row.largest_after):.3g}" if row.largest_after else "λ_max not printed"
        passes.append(cell.high - DECAY >= 0)
        rows.append(
            [row.name, text, f"≤ {cell.high - DECAY:.5f}", step, "✓" if passes[-1] else "✕"]
        )
    return rows, np.asarray(passes)


def _spacing(text):
    """The distance of neighbouring float32 numbers there."""
    return float(np.spacing(np.float32(text)))


def _controls(case_name):
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
            "the audit can pass a row",
            expectation="“Default” passes: 0.0007 is more than the decay",
            observed=f"0.0007 − {DECAY:g}",
            held=bool(_curvature()[1][0]),
        )
    ]
