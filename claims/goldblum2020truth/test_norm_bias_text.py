"""What the text of §3 says about its tables, statement by statement (Tables 2 and 3).

Each statement names networks and a direction. It is borne out if every row that it speaks of
differs in that direction and significantly: Welch's test on the printed cells, Holm over the
statement's own rows. Both versions of the paper make the same five statements, on the same numbers.
On CIFAR-100 the text of 2020 presents a table and states nothing.
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
    statement="Each comparison that the text draws from Tables 2 and 3 is significant as printed.",
    kind="audit",
    formula="Holm-adjusted p of Welch's test < 0.05 in each row that a statement speaks of",
    estimand="number of statements borne out by all their rows, minus 5",
    unit="statements",
    refuted_if="one statement or more has a row that is not significant in its direction",
)

AUDIT = Form(
    criterion=Criterion(
        null=-0.5,
        because="all statements or not: one that is not borne out is one too many",
        licenses="A statement on printed numbers alone; it says nothing on networks.",
        expected="REFUTED",
        expected_reason="MobileNetV2 ties twice, and norm-bias's gains in the MLP and in Fixup are "
        "within noise; one statement of five is borne out",
    )
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
def test_each_comparison_in_the_text_is_significant_as_printed(judge):
    pairs = {words: _pairs(*statement) for words, statement in STATEMENTS.items()}
    found = {words: significant(cells) for words, cells in pairs.items()}
    borne_out = [words for words, rows in found.items() if all(rows)]
    reversed_ = [any(significant([(b, a) for a, b in cells])) for cells in pairs.values()]

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
                expectation="no row is significant the other way round",
                observed=f"{sum(reversed_)} statements with such a row",
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
