"""What the text of §3 says about its tables, statement by statement (Tables 2 and 3).

Each statement names networks and a direction, and no significance. It is borne out if the printed
means of every row that it speaks of differ in that direction. How many of the rows are significant
as well (Welch's test on the printed cells, Holm over the statement's own rows) stands in the table.
Both versions of the paper make the same five statements, on the same numbers.
On CIFAR-100 the text of 2020 presents a table and states nothing.

Two rows tie. The authors could say that before rounding the named mean was the larger. By less than
0.01 it may have been, a ninth of the printed standard errors; a table that shows no improvement
bears out no sentence that says there is one, and the text says it of each of the networks.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, holds, table

from .paper import NORM_BIAS_ROWS, PAPER, T2, T3
from .significance import significant

CLAIM = Claim(
    paper=PAPER,
    row="norm-bias-text",
    locator="§3 text against Tables 2 and 3",
    statement="Each comparison that the text draws from Tables 2 and 3 is as printed there.",
    kind="audit",
    formula="the larger printed mean is that of the named penalty, in each row of a statement",
    estimand="number of statements borne out by all their rows, minus 5",
    unit="statements",
    refuted_if="one statement or more has a row whose printed means do not differ in its direction",
    quantifier="every",
)

AUDIT = Form(
    sentence="As printed in Tables 2 and 3, all rows of each of the five comparisons that the text "
    "draws have the larger mean where the text has it.",
    criterion=Criterion(
        null=-0.5,
        because="all statements or not: one that is not borne out is one too many",
        expected="REFUTED",
        expected_reason="the text names all three networks with batch normalisation, and "
        "MobileNetV2 ties: 92.88 and 92.88 without and with decay in Table 2, 93.64 and 93.64 with "
        "decay and norm-bias in Table 3",
    ),
)

WITH_BATCH_NORM = ("ResNet-18", "DenseNet-40", "MobileNetV2")
STATEMENTS = {  # in our words: networks, larger, smaller
    "decay improves on none, with batch normalisation": (WITH_BATCH_NORM, "decay", "no_decay"),
    "norm-bias outperforms decay, with batch normalisation": (
        WITH_BATCH_NORM,
        "norm_bias",
        "decay",
    ),
    "norm-bias improves an MLP": (("MLP",), "norm_bias", "decay"),
    "decay improves Fixup substantially": (("Fixup ResNet-20",), "decay", "no_decay"),
    "norm-bias improves Fixup over decay": (("Fixup ResNet-20",), "norm_bias", "decay"),
}


@claim(CLAIM, static=AUDIT)
def test_each_comparison_in_the_text_is_in_its_direction_as_printed(judge):
    pairs = {words: _pairs(*statement) for words, statement in STATEMENTS.items()}
    found = {words: significant(cells) for words, cells in pairs.items()}
    borne_out = [words for words, cells in pairs.items() if _above(cells) == len(cells)]
    reversed_ = [_above([(b, a) for a, b in cells]) for cells in pairs.values()]

    judge(
        worst_case([len(borne_out) - len(STATEMENTS)]),
        controls=[
            holds(
                "the audit can confirm",
                expectation="at least one statement is borne out",
                observed=f"{len(borne_out)} of {len(STATEMENTS)}",
                held=bool(borne_out),
            ),
            holds(
                "the audit knows directions",
                expectation="no row has the larger mean on the other side",
                observed=f"{sum(reversed_)} such rows",
                held=not any(reversed_),
            ),
        ],
        plots=[],
        tables=[
            table(
                "Statements and their rows",
                ["statement, in our words", "rows", "in its direction", "significant"],
                [
                    [words, len(rows), _above(pairs[words]), sum(rows)]
                    for words, rows in found.items()
                ],
            )
        ],
    )


def _pairs(models, larger, smaller):
    rows = [row for row in NORM_BIAS_ROWS if row.table in (T2, T3) and row.model in models]
    return [(getattr(row, larger), getattr(row, smaller)) for row in rows]


def _above(pairs):
    return sum(float(larger.mean) > float(smaller.mean) for larger, smaller in pairs)
