"""Which way the printed robust accuracies of RankMax, RankMin and neither differ (Tables 4 and 10).

The text of §5 says that in Table 4, with adversarial training, RankMax is more robust than RankMin
and than training without a projection: both networks of Table 4 must have it so. The introduction
says that low rank is *often* less robust than the baseline and than high rank; half of the four
adversarial groups of Tables 4 and 10 is the kindest reading. Neither claims significance, which
`rank-audit` asks for: here only the direction counts.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion

from . import table_4, table_10
from .paper import PAPER
from .printed_orders import columns_are_told_apart, order_in_rows, orders_table

EACH = Claim(
    paper=PAPER,
    row="rank-order",
    locator="§5 text against Table 4",
    statement="With adversarial training RankMax is more robust than RankMin and than training "
    "without a projection.",
    kind="audit",
    formula="printed accuracy at ε = 8/255 of RankMax − that of the other > 0 in each row",
    estimand="smallest of the two printed leads of Table 4",
    unit="percentage points",
    refuted_if="a row of Table 4 prints no lead",
    quantifier="every",
)
OFTEN = Claim(
    paper=PAPER,
    row="rank-order-often",
    locator="§1 text against Tables 4 and 10",
    statement="Networks of low rank are often less robust than the baseline, and than networks of "
    "high rank.",
    kind="audit",
    formula="printed accuracy at ε = 8/255 above that of RankMin in half of 4 groups or more",
    estimand="share of groups with the stated direction",
    unit="share of groups",
    refuted_if="fewer than half of the groups have the stated direction",
    quantifier="often",
)

IN_TABLE_4 = table_4.ADVERSARIAL
ALL_ROWS = {**table_4.ADVERSARIAL, **table_10.ADVERSARIAL}
NAMES = {
    "plain": "training without a projection",
    "rank_max": "RankMax",
    "rank_min": "RankMin",
}
# larger, smaller, and one that could be taken for the larger
EACH_ORDER = {
    "rankmax-over-rankmin": ("rank_max", "rank_min", "rank_min"),
    "rankmax-over-adv": ("rank_max", "plain", "rank_min"),
}
OFTEN_ORDER = {
    "rankmax-over-rankmin": ("rank_max", "rank_min", "rank_min"),
    "adv-over-rankmin": ("plain", "rank_min", "rank_min"),
}


def each_form(better, worse):
    """Both rows of Table 4."""
    return Form(
        sentence=f"As printed in Table 4, {NAMES[better]} is more robust than {NAMES[worse]} in "
        "both adversarially trained networks.",
        criterion=Criterion(because="a printed lead above 0 is the direction that the text says"),
    )


def often_form(better, worse):
    """The four adversarial groups of both tables."""
    return Form(
        sentence=f"As printed in Tables 4 and 10, {NAMES[better]} is more robust than "
        f"{NAMES[worse]} in half of the four adversarially trained groups or more.",
        criterion=Criterion(null=0.375, because="often is at least two groups of four"),
    )


@claim(EACH, static={name: each_form(*order[:2]) for name, order in EACH_ORDER.items()})
def test_each_printed_row_has_the_order_that_the_text_says(judge, case_name):
    better, worse, misread = EACH_ORDER[case_name]
    found = order_in_rows(IN_TABLE_4, better, worse)

    judge(
        worst_case([_smallest_lead(found)], method="printed numbers compared"),
        controls=[columns_are_told_apart(IN_TABLE_4)],
        mutants={
            "a wrong row": worst_case([_smallest_lead(order_in_rows(IN_TABLE_4, misread, worse))])
        },
        plots=[],
        tables=[orders_table(found)],
    )


@claim(OFTEN, static={name: often_form(*order[:2]) for name, order in OFTEN_ORDER.items()})
def test_low_rank_is_often_printed_as_less_robust(judge, case_name):
    better, worse, misread = OFTEN_ORDER[case_name]
    found = order_in_rows(ALL_ROWS, better, worse)

    judge(
        worst_case([_share_ahead(found)], method="printed numbers compared"),
        controls=[columns_are_told_apart(ALL_ROWS)],
        mutants={
            "a wrong row": worst_case([_share_ahead(order_in_rows(ALL_ROWS, misread, worse))])
        },
        plots=[],
        tables=[orders_table(found)],
    )


def _smallest_lead(rows):
    return min(row.lead for row in rows)


def _share_ahead(rows):
    return np.mean([row.lead > 0 for row in rows])
