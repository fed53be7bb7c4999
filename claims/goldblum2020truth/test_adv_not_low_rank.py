"""Adversarial training does not give weights of lower rank than natural training (§5, Fig. 2).

    E[ mean over layers of log r_l(adversarial) − log r_l(natural) ]  >  −m

over the layers that Figure 2 shows, paired by seed: same initial network, same batches. It speaks
against a claim of Langenberg et al. (2019), that robust networks have low-rank weights; so that the
network did become robust is the regime.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import over_seeds_and_images, paired_difference
from dltheory.verdicts import Claim, Criterion, shown, table

from .paper import PAPER
from .rank_pictures import ranks_plot
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import ADVERSARIAL, INITIAL_RANKS, MIN, NATURAL, RANKS

CLAIM = Claim(
    paper=PAPER,
    row="adv-not-low-rank",
    locator="§5, Fig. 2",
    statement="Adversarial training does not lower the rank below that of natural training.",
    kind="non-inferiority",
    formula="E[mean over layers of log r(adversarial) − log r(natural)] > −m",
    estimand="mean over seeds of the mean over layers of the log ratio",
    unit="log ratio of effective ranks",
    refuted_if="adversarial training certainly lowers the rank by more than m",
)

CASES = {
    "fast": {"": (SMALL_WORLD, "adversarial")},
    "full": stages("adversarial", worlds=PUBLISHED),
}


ROBUST = "adversarial training did make the network robust"


def form(world, stage):
    """Both trainings, and RankMin after the adversarial one as what low rank looks like."""
    return Form(
        sentence=f"In {world.network}, adversarial training leaves the effective rank of the "
        "convolutions no more than 3 % below that of natural training.",
        bearing=world.bearing,
        regime=(ROBUST,),
        experiment=world.experiment(
            {
                NATURAL: world.base["natural"],
                ADVERSARIAL: world.base[stage],
                MIN: world.tuned(stage, world.low),
            },
            RANKS,
            INITIAL_RANKS,
            world.robust,
        ),
        criterion=Criterion(
            null=-0.03,
            power_at=0.0,
            because="3 %: a third of what RankMin takes away in the small world (pilot seeds)",
            deviations=world.deviations,
        ),
    )


FORMS = {tier: {name: form(*case) for name, case in cases.items()} for tier, cases in CASES.items()}


@claim(CLAIM, **FORMS)
def test_adversarial_training_does_not_lower_the_rank(measured, judge, tier, case_name):
    world, _ = CASES[tier][case_name]
    ranks, robust = measured(RANKS.name), measured(world.robust.name)
    initial = measured(INITIAL_RANKS.name)[NATURAL]
    log = {arm: np.log(values[:, world.layers]).mean(axis=1) for arm, values in ranks.items()}

    judge(
        paired_difference(log[ADVERSARIAL], log[NATURAL]),
        regime=[
            shown(
                ROBUST,
                over_seeds_and_images(robust[ADVERSARIAL] - robust[NATURAL]),
                above=0.1,
            )
        ],
        controls=[
            shown(
                "a low rank would be seen: RankMin is below",
                paired_difference(log[NATURAL], log[MIN]),
                above=0.03,
            )
        ],
        mutants={
            "RankMin after adversarial training, for adversarial training": paired_difference(
                log[MIN], log[NATURAL]
            )
        },
        plots=[ranks_plot("effective rank by layer", {"at initialisation": initial, **ranks})],
        tables=[_table(log)],
    )


def _table(log):
    rows = [[arm, float(np.exp(values.mean()))] for arm, values in log.items()]
    return table("Geometric mean of effective ranks over layers", ["network", "rank"], rows)
