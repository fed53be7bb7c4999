"""Whether raising the rank is harmless, and often better than lowering it, as printed.

§5 says that increasing rank does not harm performance, beside Table 4. A loss of clean accuracy
counts as harm if test images alone do not explain it: a one-sided binomial z-test on 10,000 images,
Holm-adjusted within the rows of a case. The statement is upheld in a case if most of its rows print
no such loss. The natural rows of Table 4 stand apart from its adversarial rows and from Tables 9
and 10, since the text draws the statement from Table 4.

The authors could object that each number is of one run, and that another run of the same recipe
would differ by as much as the losses of 1.00 and 1.24 points: no run-to-run error is printed, and
the binomial test leaves it out. But both networks lose, the losses have 3.0 and 3.3 times their
binomial error, and the text draws its conclusion from these numbers, without a run-to-run error
either. They could say that a point is no *harm*: it raises the error of ResNet-18 by a fifth.

The introduction says that regularisation towards high rank often outperforms that towards low rank,
and concludes something about generalisation: RankMax above RankMin in clean accuracy in half of the
groups or more. It claims no significance; that this direction is often significant is a case of its
own and illustrates only.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, holds

from . import table_4, table_9, table_10
from .paper import PAPER
from .printed_orders import adjusted, columns_are_told_apart, order_in_rows, orders_table

HARMLESS = Claim(
    paper=PAPER,
    row="rank-harmless-audit",
    locator="§5 text against Tables 4, 9 and 10",
    statement="Raising the rank does not harm the accuracy on clean images.",
    kind="audit",
    formula="Holm-adjusted p of the binomial z-test of a loss ≥ 0.05 in most rows",
    estimand="share of rows without a significant loss of clean accuracy",
    unit="share of rows",
    refuted_if="half of the rows or more print a significant loss",
)
OFTEN_BETTER = Claim(
    paper=PAPER,
    row="rank-high-often-better",
    locator="§1 text against Tables 4, 9 and 10",
    statement="Networks tuned towards high rank often classify better than those tuned towards low "
    "rank.",
    kind="audit",
    formula="clean accuracy of RankMax above that of RankMin in half of the rows or more",
    estimand="share of rows with the stated direction",
    unit="share of rows",
    refuted_if="fewer than half of the rows have the stated direction",
    quantifier="often",
)

NATURAL = {**table_4.NATURAL, **table_9.NATURAL, **table_10.NATURAL}
ADVERSARIAL = {**table_4.ADVERSARIAL, **table_10.ADVERSARIAL}
ALL_ROWS = {
    **{f"{name}, natural": group for name, group in NATURAL.items()},
    **{f"{name}, adversarial": group for name, group in ADVERSARIAL.items()},
}
ELSEWHERE = {**table_9.NATURAL, **table_10.NATURAL} | {
    f"{name}, adversarial": group for name, group in table_10.ADVERSARIAL.items()
}
RAISED = {  # the rows, and how a sentence names them
    "table-4-natural": (table_4.NATURAL, "the two naturally trained networks of Table 4"),
    "table-4-adversarial": (
        table_4.ADVERSARIAL,
        "the two adversarially trained networks of Table 4",
    ),
    "elsewhere": (ELSEWHERE, "the five groups of Tables 9 and 10"),
}
LOSSES = {
    "table-4-natural": "both networks lose, 1.00 and 1.24 points, z = 3.0 and 3.3",
}


def harmless_form(rows, reason):
    """The audit of RankMax against no projection in these rows."""
    return Form(
        sentence=f"As printed for most of {rows}, RankMax costs no clean accuracy that is "
        "significant on 10,000 images.",
        criterion=Criterion(
            null=0.5,
            because="most rows is more than half; Holm at 5 %, as a reader would",
            expected="REFUTED" if reason else "CONFIRMED",
            expected_reason=reason,
        ),
    )


@claim(
    HARMLESS,
    static={name: harmless_form(rows, LOSSES.get(name, "")) for name, (_, rows) in RAISED.items()},
)
def test_most_printed_rows_lose_no_accuracy_by_rankmax(judge, case_name):
    groups, _ = RAISED[case_name]
    lost = order_in_rows(groups, "plain", "rank_max", "clean")
    made_up = adjusted([row._replace(p=1e-9) for row in lost])
    under_attack = order_in_rows(groups, "plain", "rank_max", "robust_small")
    spoilt = {name: _attacked(group) for name, group in groups.items()}
    attacked_instead = order_in_rows(spoilt, "plain", "rank_max", "clean")

    judge(
        worst_case([_unharmed(lost)], method="binomial z-tests recomputed from print, Holm"),
        controls=[
            columns_are_told_apart(groups),
            holds(
                "the audit can refute",
                expectation="at p = 1e-9 in every row all losses are significant",
                observed=f"{sum(row.significant for row in made_up)} of {len(made_up)}",
                held=all(row.significant for row in made_up),
            ),
        ],
        mutants={"RankMax tested on attacked images": worst_case([_unharmed(attacked_instead)])},
        plots=[],
        tables=[
            orders_table(lost, "Clean accuracy without a projection and with RankMax"),
            orders_table(under_attack, "The same at ε = 1/255"),
        ],
    )


BETTER = {  # the rows, whether a lead must be significant, and an expected refutation
    "direction": (ALL_ROWS, "the nine groups of Tables 4, 9 and 10", False, ""),
    "direction-natural": (NATURAL, "the five naturally trained groups", False, ""),
    "significance": (
        ALL_ROWS,
        "the nine groups of Tables 4, 9 and 10",
        True,
        "one row of nine is significant: ResNet-18 on CIFAR-10, adversarial",
    ),
}


def better_form(rows, significant, reason):
    """The audit of RankMax against RankMin in these rows."""
    lead = "a significantly higher" if significant else "a higher"
    return Form(
        sentence=f"As printed, RankMax has {lead} clean accuracy than RankMin in half of {rows} "
        "or more.",
        bearing="analogue" if significant else "claim",
        criterion=Criterion(
            null=0.5,
            because="often is at least half of an odd number of rows; Holm at 5 % where "
            "significance is asked",
            expected="REFUTED" if reason else "CONFIRMED",
            expected_reason=reason,
        ),
    )


@claim(OFTEN_BETTER, static={name: better_form(*case[1:]) for name, case in BETTER.items()})
def test_high_rank_is_often_printed_above_low_rank(judge, case_name):
    groups, _, significant, _ = BETTER[case_name]
    found = order_in_rows(groups, "rank_max", "rank_min", "clean")
    misread = order_in_rows(groups, "rank_max", "rank_max", "clean")

    judge(
        worst_case([_ahead(found, significant)], method="printed numbers compared"),
        controls=[columns_are_told_apart(groups)],
        mutants={"a wrong row": worst_case([_ahead(misread, significant)])},
        plots=[],
        tables=[orders_table(found, "Clean accuracy of RankMax and RankMin")],
    )


def _attacked(group):
    """The group with RankMax's accuracy at ε = 1/255 in the column of clean images."""
    return group._replace(rank_max=group.rank_max._replace(clean=group.rank_max.robust_small))


def _unharmed(rows):
    return np.mean([not row.significant for row in rows])


def _ahead(rows, significant):
    return np.mean([row.significant if significant else row.lead > 0 for row in rows])
