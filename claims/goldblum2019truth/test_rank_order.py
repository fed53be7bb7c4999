"""Which way the printed robust accuracies of this version differ (Table 4).

The introduction says that networks of low rank are often less robust than the baseline and than
networks of high rank. This version prints one group with adversarial training, so each comparison
has one row. Only the direction counts; `rank-audit` asks for significance.
"""

from claims.goldblum2020truth.printed_orders import (
    columns_are_told_apart,
    order_in_rows,
    orders_table,
)
from claims.goldblum2020truth.test_rank_order import OFTEN_ORDER
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion

from . import table_4
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="rank-order",
    locator="§1 text against Table 4",
    statement="With adversarial training, low rank is less robust than the baseline and than high "
    "rank.",
    kind="audit",
    formula="printed accuracy at ε = 8/255 above that of RankMin",
    estimand="the printed lead over RankMin",
    unit="percentage points",
    refuted_if="Table 4 prints no lead",
    quantifier="often",
)
NAMES = {"plain": "training without a projection", "rank_max": "RankMax"}


def form(better):
    """One printed lead over RankMin."""
    return Form(
        sentence=f"As printed in Table 4 of the version under review, {NAMES[better]} is more "
        "robust than RankMin after adversarial training.",
        criterion=Criterion(because="a printed lead above 0 is the direction that the text says"),
    )


@claim(CLAIM, static={name: form(order[0]) for name, order in OFTEN_ORDER.items()})
def test_low_rank_is_printed_as_less_robust(judge, case_name):
    better, worse, misread = OFTEN_ORDER[case_name]
    (found,) = order_in_rows(table_4.ADVERSARIAL, better, worse)
    (wrong,) = order_in_rows(table_4.ADVERSARIAL, misread, worse)

    judge(
        worst_case([found.lead], method="printed numbers compared"),
        controls=[columns_are_told_apart(table_4.ADVERSARIAL)],
        mutants={"a wrong row": worst_case([wrong.lead])},
        plots=[],
        tables=[orders_table([found])],
    )
