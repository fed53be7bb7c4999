"""RankMax costs a naturally trained network robustness to small attacks (Tables 4, 9 and 10).

What it costs under the small attack is judged by `costs_of_projections`. The largest effect that
the paper prints is 10 points for ResNet-18 at ε = 1/255, and the text does not speak of it: high
rank, too, has its price.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim, Criterion

from .costs_of_projections import Cost
from .paper import PAPER
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import MAX, NOISE_MAX

CLAIM = Claim(
    paper=PAPER,
    row="rankmax-small-eps",
    locator="Tables 4, 9 and 10, ε = 1/255",
    statement="RankMax costs a naturally trained network robustness to small attacks.",
    kind="superiority",
    formula="E[robust acc(no projection) − robust acc(RankMax)] > 0 at the small ε",
    estimand="mean over seeds and test images of the difference in robust accuracy",
    unit="accuracy (fraction)",
    refuted_if="RankMax certainly costs less than the smallest effect",
)

COST = Cost(projected=MAX, noise=NOISE_MAX, column="robust_small")
CASES = {
    "fast": {"": (SMALL_WORLD, "natural")},
    "full": stages("natural", worlds=PUBLISHED),
}
SMALL = Criterion(
    smallest_effect=0.049,
    printed_effect=0.0997,
    because="4.9 points, just under half of what is printed for ResNet-18",
    expected="INCONCLUSIVE",
    expected_reason="RankMax loses 3.5 points on pilot seeds, and random moves of the same "
    "length 39: what is lost need not be due to the rank",
)


def form(name, world, stage):
    """The arms of natural training."""
    sentence = f"After natural training of {world.network}, RankMax costs at least "
    epsilon = "0.075" if world.small_scale else "1/255"
    criterion = SMALL if world.small_scale else COST.as_printed(name, stage)
    return COST.form(
        world,
        stage,
        f"{sentence}{{}} points of accuracy under attacks of ε = {epsilon}.",
        criterion,
    )


FORMS = {
    tier: {name: form(name, *case) for name, case in cases.items()} for tier, cases in CASES.items()
}


@claim(CLAIM, **FORMS)
def test_rankmax_costs_robustness_to_small_attacks(measured, judge, tier, case_name):
    world, stage = CASES[tier][case_name]
    COST.judge(measured, judge, world, stage, case_name)
