"""A claim that print decides: the printed parameter counts are those of the printed layers.

A layer from a to b units has a b weights and b biases.

REPLACE: the table in paper.py, and what must be true of it.
"""

from dltheory import Claim, Criterion, Form, claim, holds, table, worst_case

from .paper import PAPER, TABLE_1

CLAIM = Claim(
    paper=PAPER,
    row="counts-audit",
    locator="Table 1",
    statement="Table 1 gives the numbers of parameters.",
    kind="audit",
    formula="every printed count is Σ (a + 1) b",
    estimand="number of rows that agree, minus the number of rows",
    unit="rows",
    refuted_if="a row does not agree",
)
FORM = Form(
    criterion=Criterion(null=-0.5, because="all or not"),
    sentence="Each row of Table 1 prints the number of parameters of its layers.",
)


def count(layers):
    return sum((a + 1) * b for a, b in layers)


@claim(CLAIM, static=FORM)
def test_printed_counts_are_those_of_the_layers(judge):
    ours = {row: count(printed["layers"]) for row, printed in TABLE_1.items()}
    wrong = [row for row, n in ours.items() if str(n) != TABLE_1[row]["parameters"]]
    without_biases = [sum(a * b for a, b in TABLE_1[row]["layers"]) for row in TABLE_1]

    judge(
        worst_case([-float(len(wrong))]),
        controls=[
            holds(
                "another reading does not fit",
                expectation="no row prints the count without biases",
                observed=f"{without_biases}",
                held=all(
                    str(n) != printed["parameters"]
                    for n, printed in zip(without_biases, TABLE_1.values(), strict=True)
                ),
            )
        ],
        tables=[
            table(
                "Parameters",
                ["row", "printed", "of the layers"],
                [[row, TABLE_1[row]["parameters"], n] for row, n in ours.items()],
            )
        ],
    )
