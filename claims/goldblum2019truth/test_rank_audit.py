"""What the printed robust accuracies of this version say of both projections (Table 4).

This version prints plain adversarial training above RankMax and RankMax above RankMin, one run
each on 10,000 images, and concludes that rank plays little to no role. It says that low rank is
often less robust, and claims no significance. Recomputed with binomial errors;
`goldblum2020truth/rank-audit` has the tests and the other version's rows.
"""

from claims.goldblum2020truth.printed_orders import adjusted, order_in_rows, orders_table
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, holds

from . import table_4
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="rank-audit",
    locator="§5, Table 4",
    statement="As printed, the order of robust accuracies is significant.",
    kind="audit",
    formula="p of the binomial z-test < 0.05 at ε = 8/255",
    estimand="number of rows that are significant in the stated direction, minus 1",
    unit="rows",
    refuted_if="the row is not significant",
)


def form(lead, reason=""):
    """The audit of one order; it trains nothing."""
    return Form(
        sentence=f"As printed in Table 4 of the version under review, the lead in robust accuracy "
        f"of {lead} is significant.",
        bearing="analogue",
        criterion=Criterion(
            null=-0.5,
            because="significant at 5 % or not, as a reader would",
            expected="REFUTED" if reason else "CONFIRMED",
            expected_reason=reason,
        ),
    )


CASES = {
    "adv-over-rankmax": form(
        "plain adversarial training over RankMax",
        "0.70 points, z = 1.05: this version's order and the other's, which "
        "is reversed, are both within the noise",
    ),
    "adv-over-rankmin": form("plain adversarial training over RankMin"),
    "rankmax-over-rankmin": form("RankMax over RankMin"),
}
ORDERS = {  # larger, smaller, and one that could be taken for the smaller
    "adv-over-rankmax": ("plain", "rank_max", "plain"),
    "adv-over-rankmin": ("plain", "rank_min", "rank_max"),
    "rankmax-over-rankmin": ("rank_max", "rank_min", "plain"),
}


@claim(CLAIM, static=CASES)
def test_the_printed_order_of_robust_accuracies_is_significant(judge, case_name):
    better, worse, misread = ORDERS[case_name]
    found = order_in_rows(table_4.ADVERSARIAL, better, worse)
    wrong = order_in_rows(table_4.ADVERSARIAL, better, misread)
    made_up = adjusted([row._replace(p=1e-9) for row in found])

    judge(
        worst_case(
            [sum(row.significant for row in found) - len(found)],
            method="binomial z-test recomputed from print",
        ),
        controls=[
            holds(
                "the audit can confirm",
                expectation="at p = 1e-9 the row is significant",
                observed=f"{sum(row.significant for row in made_up)} of {len(made_up)}",
                held=all(row.significant for row in made_up),
            )
        ],
        mutants={"a wrong row": worst_case([sum(row.significant for row in wrong) - len(wrong)])},
        plots=[],
        tables=[orders_table(found)],
    )
