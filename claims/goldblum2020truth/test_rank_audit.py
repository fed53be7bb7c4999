"""What the printed robust accuracies say of RankMax, RankMin and neither (Tables 4 and 10).

Each is a count of 10,000 images under one run. With k_a and k_b images right, and z the difference
over its binomial error √(p_a(1 − p_a)/N + p_b(1 − p_b)/N), Holm's procedure over the rows asks
in which rows an order is significant. The text says that low rank is often less robust and claims
no significance; half of the rows is the kindest reading of “often”. The error is the kindest too:
that of another training run comes on top. The networks were tested on the same images, so the error
may also be smaller; the table says on how few images two networks may disagree for the order to be
significant.

The two versions describe different recipes and print the same nine numbers of natural training. Two
runs of one recipe already differ by chance: the second audit asks for a difference in any of them.
The authors could object that the natural networks were not trained again and that only the text of
A.7 was revised. Then the numbers are right, and one of the two descriptions is not of them; that
these numbers come from both recipes is what is refuted.
"""

import numpy as np

from claims.goldblum2019truth import table_4 as submitted
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, holds, table

from . import table_4, table_10
from .paper import PAPER
from .printed_orders import COUNTS, adjusted, binomial_chance, order_in_rows, orders_table

ORDER = Claim(
    paper=PAPER,
    row="rank-audit",
    locator="§5 text, Tables 4 and 10",
    statement="As printed, the order of robust accuracies is often significant.",
    kind="audit",
    formula="Holm-adjusted p of the binomial z-test < 0.05 in half of 4 rows or more, ε = 8/255",
    estimand="share of rows that are significant in the stated direction",
    unit="share of rows",
    refuted_if="fewer than half of the rows are significant",
    quantifier="often",
)

RECIPES = Claim(
    paper=PAPER,
    row="rank-audit-recipes",
    locator="Table 4 and A.7 of both versions",
    statement="Numbers of the two versions, whose recipes differ, come from different runs.",
    kind="audit",
    formula="at least one of the nine printed accuracies of natural training differs",
    estimand="number of the nine cells that differ between the versions",
    unit="cells",
    refuted_if="no cell differs",
)

ROWS = {**table_4.ADVERSARIAL, **table_10.ADVERSARIAL}


def form(lead, reason=""):
    """The audit of one order; it trains nothing."""
    return Form(
        sentence=f"As printed in Tables 4 and 10, the lead in robust accuracy of {lead} is "
        "significant in half of the four rows or more.",
        bearing="analogue",
        criterion=Criterion(
            null=0.375,
            because="often is at least two rows of four; Holm at 5 %, as a reader would",
            expected="REFUTED" if reason else "CONFIRMED",
            expected_reason=reason,
        ),
    )


CASES = {
    "rankmax-over-adv": form(
        "RankMax over plain adversarial training",
        "no row is significant, and on CIFAR-100 ResNet-18 has it reversed",
    ),
    "rankmax-over-rankmin": form("RankMax over RankMin"),
    "adv-over-rankmin": form("plain adversarial training over RankMin"),
}
ORDERS = {  # larger, smaller, and one that could be taken for the smaller
    "rankmax-over-adv": ("rank_max", "plain", "rank_max"),
    "rankmax-over-rankmin": ("rank_max", "rank_min", "plain"),
    "adv-over-rankmin": ("plain", "rank_min", "rank_max"),
}


@claim(ORDER, static=CASES)
def test_the_printed_order_of_robust_accuracies_is_often_significant(judge, case_name):
    better, worse, misread = ORDERS[case_name]
    found = order_in_rows(ROWS, better, worse)
    made_up = adjusted([row._replace(p=1e-9) for row in found])

    judge(
        worst_case(
            [_share(found)],
            method="binomial z-tests recomputed from print, Holm over 4 rows",
        ),
        controls=[
            holds(
                "the printed numbers are counts of images",
                expectation=f"each times {COUNTS:,} is a whole number",
                observed=f"{sum(row.whole for row in found)} of {len(found)} rows",
                held=all(row.whole for row in found),
            ),
            holds(
                "the audit can confirm",
                expectation="at p = 1e-9 in every row all are significant",
                observed=f"{sum(row.significant for row in made_up)} of {len(made_up)}",
                held=all(row.significant for row in made_up),
            ),
        ],
        mutants={"a wrong row": worst_case([_share(order_in_rows(ROWS, better, misread))])},
        plots=[],
        tables=[orders_table(found)],
    )


def _share(rows):
    return np.mean([row.significant for row in rows])


SAME = Form(
    sentence="At least one of the nine accuracies of natural training of ResNet-18 on CIFAR-10 is "
    "printed otherwise in the published version than in the one under review, whose recipe is "
    "another.",
    criterion=Criterion(
        null=0.5,
        because="one cell that differs is enough",
        expected="REFUTED",
        expected_reason="all nine are the same, digit by digit; the adversarial rows all differ",
    ),
)


@claim(RECIPES, static=SAME)
def test_numbers_from_two_recipes_are_not_the_same_runs(judge):
    pairs = {
        stage: _cells(ours["resnet18"], theirs["resnet18"])
        for stage, ours, theirs in (
            ("natural", table_4.NATURAL, submitted.NATURAL),
            ("adversarial", table_4.ADVERSARIAL, submitted.ADVERSARIAL),
        )
    }
    differ = {stage: sum(a != b for _, a, b in cells) for stage, cells in pairs.items()}
    chance = np.prod([binomial_chance(b) for _, _, b in pairs["natural"]])

    judge(
        worst_case([differ["natural"]], method="printed strings compared"),
        controls=[
            holds(
                "two runs seldom agree in all nine",
                expectation="a chance below 1e-6 that independent test sets give the same counts",
                observed=f"{chance:.1g}",
                held=bool(chance < 1e-6),
            ),
            holds(
                "the audit can confirm",
                expectation="the adversarial rows of the two versions differ",
                observed=f"{differ['adversarial']} of 9 cells differ",
                held=differ["adversarial"] > 0,
            ),
        ],
        plots=[],
        tables=[
            table(
                "Every cell of ResNet-18 on CIFAR-10",
                ["cell", "published", "under review", ""],
                [
                    [name, ours, theirs, "same" if ours == theirs else "differs"]
                    for cells in pairs.values()
                    for name, ours, theirs in cells
                ],
            )
        ],
    )


def _cells(ours, theirs):
    return [
        (f"{a.method}, {column}", getattr(a, column), getattr(b, column))
        for a, b in zip(ours[2:], theirs[2:], strict=True)
        for column in ("clean", "robust", "robust_small")
    ]
