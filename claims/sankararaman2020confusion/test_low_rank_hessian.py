"""Near a common minimiser inner products of gradients are bounded through the Hessians (App. C).

Where ∇f_i(0) = 0 and Hessians are L-Lipschitz, ∇f_i(w) = H_i w + e_i with ‖e_i‖ ≤ (L/2) ‖w‖², so

    |⟨∇f_i, ∇f_j⟩| ≤ ‖w‖² ‖H_i‖ ‖H_j‖ + (L/2) ‖w‖³ (‖H_i‖ + ‖H_j‖) + (L²/4) ‖w‖⁴.

Reconstructed: the constants, and that the two errors e_i, e_j differ (the paper writes one e for
both; the bound is the same).

    bound       the inequality, on quadratics plus cubics, where Hypothesis finds equality;
    low-rank    that inner products are small where Hessians are random and of low rank, on the
                paper's example H = a aᵀ with r random columns of length 1.
"""

import numpy as np

from claims.dealt import dealt
from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, trend, worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, lines_plot, shown, table

from .paper import PAPER

BOUND = Claim(
    paper=PAPER,
    row="low-rank-hessian",
    locator="§2 and appendix C",
    statement="Near a common minimiser the inner product of two gradients is bounded by the norms "
    "of the Hessians there, so Hessians of low rank make gradient confusion small.",
    kind="bound",
    formula="|⟨∇f_i, ∇f_j⟩| ≤ ‖w‖²‖H_i‖‖H_j‖ + (L/2)‖w‖³(‖H_i‖ + ‖H_j‖) + (L²/4)‖w‖⁴",
    estimand="1 − (inner product / bound), worst case; slope of log₂ mean |inner product| over "
    "log₂ rank",
    unit="bounds; doublings per doubling of the rank",
    refuted_if="an inner product beyond the bound; inner products certainly do not grow with rank",
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
    ),
    unit="bounds",
    sentence="For quadratics plus cubics of up to 20 dimensions with a common minimiser, the inner "
    "product of two gradients is at most what the Hessians' norms allow.",
    bearing="claim",
)
LOW_RANK = Form(
    experiment=Experiment(
        arms={
            f"rank {rank}": compute(
                "claims.sankararaman2020confusion.hessians:low_rank", size=SIZE, rank=rank
            )
            for rank in RANKS
        },
        seeds=LOOKS,
        first_seed=FIRST_SEED,
    ),
    unit="doublings per doubling of the rank",
    sentence="With Hessians a aᵀ of r random columns of length 1 in 64 dimensions, the inner "
    "product of two gradients near the common minimiser grows at least as the square root of the "
    "rank.",
    bearing="instance",
    criterion=Criterion(
        smallest_effect=0.5,
        because="as the square root of the rank: an eighth at rank 1 of what it is at rank 64",
    ),
)


@claim(BOUND, fast={"bound": SEARCH, "low-rank": LOW_RANK})
def test_hessians_at_a_common_minimiser_bound_inner_products(measured, judge, case_name):
    if case_name == "bound":
        over = measured("inner product over bound")
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
    names = ("inner product", "absolute cosine", "bound", "norms alone")
    found = {name: np.column_stack(list(measured(name).values())) for name in names}
    logs, doublings = np.log2(found["inner product"]), np.log2(RANKS)
    judge(
        trend(logs, doublings),
        controls=[
            shown(
                "at full rank gradients agree more than random vectors as long as they are",
                mean(found["inner product"][:, -1] - 2 * found["norms alone"][:, -1]),
            )
        ],
        mutants={"ranks dealt at random": trend(dealt(logs), doublings)},
        plots=[
            lines_plot(
                "Inner products and the bound by rank, ‖w‖ = 1",
                "absolute value",
                "rank",
                {
                    "mean inner product": (RANKS, found["inner product"]),
                    "mean absolute cosine": (RANKS, found["absolute cosine"]),
                    "bound": (RANKS, found["bound"]),
                    "random vectors as long": (RANKS, found["norms alone"]),
                },
                x_log=True,
                log=True,
            )
        ],
        tables=[
            table(
                "Means over seeds",
                ["rank", *names],
                [[r, *(found[name][:, i].mean() for name in names)] for i, r in enumerate(RANKS)],
            )
        ],
    )
