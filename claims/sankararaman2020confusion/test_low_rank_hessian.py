"""Near a common minimiser inner products of gradients are bounded through the Hessians (App. C).

Where ∇f_i(0) = 0 and Hessians are L-Lipschitz, ∇f_i(w) = H_i w + e_i with ‖e_i‖ ≤ (L/2) ‖w‖², so

    |⟨∇f_i, ∇f_j⟩| ≤ ‖w‖² ‖H_i‖ ‖H_j‖ + (L/2) ‖w‖³ (‖H_i‖ + ‖H_j‖) + (L²/4) ‖w‖⁴.

Reconstructed: the constants, and that the two errors e_i, e_j differ (the paper writes one e for
both; the bound is the same).

    bound       the inequality, on quadratics plus cubics, where Hypothesis finds equality;
    low-rank    that it makes confusion small for Hessians of low rank. It knows norms and no rank:
                Hessians of full rank and of rank 1 with one norm have one and the same bound.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, lines_plot, table

from .paper import PAPER

BOUND = Claim(
    paper=PAPER,
    row="low-rank-hessian",
    locator="§2 and appendix C",
    statement="Near a common minimiser the inner product of two gradients is bounded by the norms "
    "of the Hessians there, so Hessians of low rank make gradient confusion small.",
    kind="bound",
    formula="|⟨∇f_i, ∇f_j⟩| ≤ ‖w‖²‖H_i‖‖H_j‖ + (L/2)‖w‖³(‖H_i‖ + ‖H_j‖) + (L²/4)‖w‖⁴",
    estimand="1 − (inner product / bound), worst case",
    unit="bounds",
    refuted_if="an inner product beyond the bound",
)

RANKS, SIZE = (1, 2, 4, 8, 16, 32, 64), 64
ROUNDING = 1e-9

SEARCH = Form(
    experiment=Experiment(
        arms={"search": compute("claims.sankararaman2020confusion.hessians:hessian_bound")},
        seeds=8,
    ),
    criterion=Criterion(
        null=-ROUNDING,
        slack=ROUNDING,
        because="equality is reached, so a billionth is left to rounding",
        licenses="Quadratics plus cubics of up to 20 dimensions with a common minimiser.",
    ),
)
LOW_RANK = Form(
    experiment=Experiment(
        arms={
            f"rank {rank}": compute(
                "claims.sankararaman2020confusion.hessians:low_rank", size=SIZE, rank=rank
            )
            for rank in RANKS
        },
        seeds=4,
    ),
    criterion=Criterion(
        null=-ROUNDING,
        slack=ROUNDING,
        because="the bound on the same footing as in the search",
        licenses="Projections of 64 dimensions on random subspaces.",
        expected="INCONCLUSIVE",
        expected_reason="vacuous: the bound is the same for full rank, so it does not carry the "
        "argument; what makes inner products small at low rank is not in it",
    ),
)


@claim(BOUND, fast={"bound": SEARCH, "low-rank": LOW_RANK})
def test_hessians_at_a_common_minimiser_bound_inner_products(measured, judge, case_name):
    over = measured("inner product over bound")
    if case_name == "bound":
        halved = measured("inner product over bound, constant halved")["search"]
        judge(
            worst_case(1 - over["search"], method="exact; worst case that Hypothesis found"),
            controls=[
                holds(
                    "with the Lipschitz constant halved it fails",
                    expectation="an inner product beyond that bound on every seed",
                    observed=f"smallest largest ratio {halved.min():.3g}",
                    held=halved.min() > 1,
                    when_failed="vacuous",
                )
            ],
            mutants={"Lipschitz constant halved": worst_case(1 - halved)},
            plots=[
                cases_plot(
                    "largest inner product over bound of each search",
                    "inner product / bound",
                    over["search"],
                    threshold=1.0,
                    threshold_name="the bound",
                )
            ],
        )
        return
    bound, cosine = measured("bound"), measured("absolute cosine")
    low, full = bound["rank 1"].mean(), bound[f"rank {SIZE}"].mean()
    judge(
        worst_case([1 - value for values in over.values() for value in values]),
        controls=[
            holds(
                "the bound is smaller for rank 1 than for full rank",
                expectation="below half of it, at operator norms of 1",
                observed=f"{low:.3g} and {full:.3g}",
                held=low < full / 2,
                when_failed="vacuous",
            )
        ],
        plots=[
            lines_plot(
                "Inner products and the bound by rank, ‖H‖ = 1, ‖w‖ = 1",
                "absolute value",
                "rank",
                {
                    "mean inner product": (RANKS, _columns(over)),
                    "mean absolute cosine": (RANKS, _columns(cosine)),
                    "bound": (RANKS, _columns(bound)),
                },
                x_log=True,
                log=True,
            )
        ],
        tables=[
            table(
                "Tightness",
                ["Hessians", "mean inner product / bound", "mean absolute cosine"],
                [[arm, over[arm].mean(), cosine[arm].mean()] for arm in over],
            )
        ],
    )


def _columns(arms):
    return [[float(v) for v in row] for row in zip(*arms.values(), strict=True)]
