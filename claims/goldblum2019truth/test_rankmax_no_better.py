"""RankMax makes an adversarially trained network no more robust (§5, Table 4; under review).

    E[ robust accuracy(RankMax) − robust accuracy(no projection) ]  <  m

over trainings and test images like these. This version has both projections a little below plain
adversarial training, and concludes that rank plays little to no role. The published one prints
other numbers and says that RankMax does better: `goldblum2020truth/rankmax-above-adv`, which says
why no small world judges the two. Each version has its own recipe, and this one also that of its
released code.
"""

from claims.goldblum2020truth.attacked_accuracies import attacked
from claims.goldblum2020truth.rank_controls import REGIME
from claims.goldblum2020truth.rank_recipes import SUBMISSION, stages
from claims.goldblum2020truth.rank_worlds import MAX, MIN, PLAIN
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, over_seeds_and_images
from dltheory.verdicts import Claim, Criterion

from . import table_4
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="rankmax-no-better",
    locator="§5, Table 4",
    statement="RankMax makes an adversarially trained network no more robust.",
    kind="non-inferiority",
    formula="E[robust acc(RankMax) − robust acc(no projection)] < m",
    estimand="mean over seeds and test images of the loss in robust accuracy",
    unit="accuracy (fraction)",
    refuted_if="RankMax certainly gains more than the margin m",
)

CASES = stages("adversarial", worlds=SUBMISSION)
MARGIN = 0.005
PRINTED = {"adversarial": table_4.ADVERSARIAL}


def form(world, stage):
    """The arms of adversarial training."""
    return Form(
        sentence=f"After adversarial training of {world.network}, tuning with RankMax ends less "
        f"than {100 * MARGIN:g} points more robust than tuning without a projection.",
        bearing=world.bearing,
        regime=REGIME[stage],
        experiment=world.accuracies(stage),
        criterion=Criterion(
            null=-MARGIN,
            power_at=0.0,
            because="0.5 points, the largest gain that the published version prints",
            deviations=world.deviations,
        ),
    )


FORMS = {name: form(*case) for name, case in CASES.items()}


@claim(CLAIM, full=FORMS)
def test_rankmax_gains_no_robustness_after_adversarial_training(measured, judge, case_name):
    world, stage = CASES[case_name]
    found = attacked(measured, world, stage, case_name, PRINTED)
    (robust,) = found.of("robust")

    judge(
        opposite(over_seeds_and_images(robust[MAX] - robust[PLAIN])),
        controls=[found.without_length],
        regime=found.regime,
        mutants={
            "RankMin in the place of no projection": over_seeds_and_images(
                robust[MIN] - robust[MAX]
            )
        },
        **found.shown,
    )
