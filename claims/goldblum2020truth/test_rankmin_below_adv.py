"""RankMin makes an adversarially trained network less robust (§5, Tables 4 and 10).

What it costs under the large attack is judged by `costs_of_projections`: random moves of the same
length, which leave the rank where it was, must cost less.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim, Criterion

from .costs_of_projections import Cost
from .paper import PAPER
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import MIN, NOISE_MIN

CLAIM = Claim(
    paper=PAPER,
    row="rankmin-below-adv",
    locator="§5, Tables 4 and 10",
    statement="RankMin makes an adversarially trained network less robust.",
    kind="superiority",
    formula="E[robust acc(no projection) − robust acc(RankMin)] > 0",
    estimand="mean over seeds and test images of the difference in robust accuracy",
    unit="accuracy (fraction)",
    refuted_if="RankMin certainly costs less than the smallest effect",
)

COST = Cost(projected=MIN, noise=NOISE_MIN, column="robust")
CASES = {
    "fast": {"": (SMALL_WORLD, "adversarial")},
    "full": stages("adversarial", worlds=PUBLISHED),
}
SMALL = Criterion(
    smallest_effect=0.0225,
    printed_effect=0.017,
    because="2.25 points: what 24 seeds decide with power 0.8, by pilots; there RankMin costs 5.4 "
    "points and random moves of the same length 3.8, and the paper prints 1.70 for ResNet-18",
)


def form(name, world, stage):
    """The arms of adversarial training."""
    sentence = f"After adversarial training of {world.network}, RankMin costs at least "
    criterion = SMALL if world.small_scale else COST.as_printed(name, stage)
    return COST.form(world, stage, sentence + "{} points of robust accuracy.", criterion)


FORMS = {
    tier: {name: form(name, *case) for name, case in cases.items()} for tier, cases in CASES.items()
}


@claim(CLAIM, **FORMS)
def test_rankmin_costs_robustness_after_adversarial_training(measured, judge, tier, case_name):
    world, stage = CASES[tier][case_name]
    COST.judge(measured, judge, world, stage, case_name)
