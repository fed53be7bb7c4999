"""RankMin lowers and RankMax raises the effective rank of every layer (§5, Fig. 2).

With r_l the effective rank ‖W_l‖_*/‖W_l‖_F of layer l at the end, on maps of its true size,

    E[ log r_l(no projection) − log r_l(RankMin) ] > 0   and
    E[ log r_l(RankMax) − log r_l(no projection) ] > 0   for every layer l that Figure 2 shows:

the 3×3 convolutions within blocks. A singular-value map has no reason to leave k×k kernels, so each
projection is cropped, which takes back a part of it; the control asks whether a part survives.

The stem and the shortcuts are projected too, and are in the table. Where no singular value crosses
the level, nothing moves: the small network's stem has none below 0.5.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, holds, table

from .paper import PAPER
from .rank_pictures import ranks_plot
from .rank_recipes import PUBLISHED, SMALL_WORLD, SUBMISSION, stages
from .rank_worlds import AS_TRAINED, INITIAL_RANKS, MAX, MIN, PLAIN, RANKS

CLAIM = Claim(
    paper=PAPER,
    row="rank-controlled",
    locator="§5, Fig. 2",
    statement="RankMin lowers and RankMax raises the effective rank of every layer.",
    kind="monotone",
    formula="log r_l(RankMax) > log r_l(no projection) > log r_l(RankMin) for every layer l",
    estimand="smallest over layers and both projections of the mean over seeds of the log ratio",
    unit="log ratio of effective ranks",
    refuted_if="in one layer the change is certainly smaller than the smallest effect",
)

CASES = {
    "fast": {stage: (SMALL_WORLD, stage) for stage in ("natural", "adversarial")},
    "full": stages(
        "natural", "adversarial", worlds=PUBLISHED | {"code": SUBMISSION["resnet18-code"]}
    ),
}
SMALLEST = 0.002


def form(world, stage):
    """The ranks of one world after one kind of training."""
    return Form(
        experiment=world.ranks(stage),
        criterion=Criterion(
            smallest_effect=SMALLEST,
            because="0.2 %: any change above rounding counts, since the claim is of a direction; "
            "a projection that finds nothing to move does not have it",
            licenses="The two protocols do to the spectra what their names say.",
            deviations=world.deviations,
        ),
    )


FORMS = {tier: {name: form(*case) for name, case in cases.items()} for tier, cases in CASES.items()}


@claim(CLAIM, **FORMS)
def test_rankmin_lowers_and_rankmax_raises_the_rank_of_every_layer(
    measured, judge, tier, case_name
):
    world, stage = CASES[tier][case_name]
    ranks, shown = measured(RANKS.name), list(world.layers)
    log = {arm: np.log(values) for arm, values in ranks.items()}
    low, high = (measured(world.cropped(rank).name)[PLAIN] for rank in ("min", "max"))
    initial = measured(INITIAL_RANKS.name)[AS_TRAINED]

    judge(
        _both(log[PLAIN], lower=log[MIN], higher=log[MAX], layers=shown),
        controls=[_survives(low, high, shown)],
        mutants={
            "RankMin and RankMax exchanged": _both(
                log[PLAIN], lower=log[MAX], higher=log[MIN], layers=shown
            )
        },
        plots=[
            ranks_plot(
                f"effective rank by layer, {stage} training",
                {"at initialisation": initial, **ranks},
            )
        ],
        tables=[_table(log, low, high, shown)],
    )


def _both(plain, *, lower, higher, layers):
    parts = [
        paired_difference(larger[:, layer], smaller[:, layer])
        for larger, smaller in ((plain, lower), (higher, plain))
        for layer in layers
    ]
    return weakest(*parts)


def _rows(cropped):
    """Mean over seeds of r(K), r(P), r(C) and the share of the move that is kept, by layer."""
    return cropped.reshape(len(cropped), 4, -1).mean(axis=0)


def _survives(low, high, layers):
    """One projection, cropped, of the networks that were tuned without any."""
    signs = [(_rows(cropped)[2] - _rows(cropped)[0])[layers] for cropped in (low, high)]
    right = [*(signs[0] < 0), *(signs[1] > 0)]
    kept = [_rows(cropped)[3][layers] for cropped in (low, high)]
    return holds(
        "cropping back to k×k leaves a part of the effect",
        expectation="one cropped projection moves r in the right direction in every layer",
        observed=f"in {sum(right)} of {len(right)}; of the squared move remain "
        f"{kept[0].min():.2f} to {kept[0].max():.2f} with RankMin, "
        f"{kept[1].min():.2f} to {kept[1].max():.2f} with RankMax",
        held=all(right),
        when_failed="confounded",
    )


def _table(log, low, high, layers):
    crops = [_rows(low), _rows(high)]
    rows = [
        [
            f"{layer}" if layer in layers else f"{layer} (not in Fig. 2)",
            *((log[arm] - log[PLAIN])[:, layer].mean() for arm in (MIN, MAX)),
            *(value for crop in crops for value in (*crop[:3, layer], crop[3, layer])),
        ]
        for layer in range(crops[0].shape[1])
    ]
    columns = ["layer", "log ratio, RankMin", "log ratio, RankMax"]
    for name in (MIN, MAX):
        columns += [f"{name}: r before", "r projected", "r cropped", "share kept"]
    return table("Every layer; on the right one projection of the tuned network", columns, rows)
