"""RankMax costs a naturally trained network robustness to small attacks (Tables 4, 9 and 10).

    E[ robust accuracy(no projection) − robust accuracy(RankMax) ]  >  0   at the small ε,

over trainings and test images like these. The largest effect that the paper prints, 10 points for
ResNet-18 at ε = 1/255, and the text does not speak of it: high rank, too, has its price. What is
lost must exceed what is lost on clean images, and by random moves of the same length.
"""

from dataclasses import replace

from dltheory.plugin import Form, claim
from dltheory.statistics import over_seeds_and_images
from dltheory.verdicts import Claim, Criterion, shown

from .attacked_accuracies import attacked
from .paper import PAPER
from .rank_controls import REGIME, drawn_by_lot, more_than_clean, more_than_noise
from .rank_pictures import printed_lead
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import MAX, NOISE_MAX, PLAIN

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

CASES = {
    "fast": {"": (SMALL_WORLD, "natural")},
    "full": stages("natural", worlds=PUBLISHED),
}


def form(name, world, stage):
    """The arms of natural training."""
    criterion = _small() if world.small_scale else _as_printed(name, stage)
    epsilon = "0.075" if world.small_scale else "1/255"
    return Form(
        sentence=f"After natural training of {world.network}, RankMax costs at least "
        f"{100 * criterion.smallest_effect:.4g} points of accuracy under attacks of ε = {epsilon}.",
        bearing=world.bearing,
        regime=REGIME[stage],
        experiment=world.accuracies(stage),
        criterion=replace(criterion, deviations=world.deviations),
    )


def _small():
    return Criterion(
        smallest_effect=0.049,
        printed_effect=0.0997,
        because="4.9 points, just under half of what is printed for ResNet-18",
        expected="INCONCLUSIVE",
        expected_reason="RankMax loses 2.4 points on pilot seeds, and random moves of the same "
        "length 38: what is lost need not be due to the rank",
    )


def _as_printed(name, stage):
    loss = printed_lead(stage, name, PLAIN, MAX, "robust_small")
    return Criterion(
        smallest_effect=loss / 2,
        printed_effect=loss,
        because="half of the loss printed in this row",
    )


FORMS = {
    tier: {name: form(name, *case) for name, case in cases.items()} for tier, cases in CASES.items()
}


@claim(CLAIM, **FORMS)
def test_rankmax_costs_robustness_to_small_attacks(measured, judge, tier, case_name):
    world, stage = CASES[tier][case_name]
    found = attacked(measured, world, stage, case_name)
    clean, small = found.of("clean", "robust_small")

    judge(
        over_seeds_and_images(small[PLAIN] - small[MAX]),
        controls=[
            found.without_length,
            more_than_clean(clean, small, better=PLAIN, worse=MAX),
            more_than_noise(small, projected=MAX, noise=NOISE_MAX),
            shown(
                "assay: random moves of the same length are seen to cost robustness",
                over_seeds_and_images(small[PLAIN] - small[NOISE_MAX]),
            ),
        ],
        regime=found.regime,
        mutants={"a lot decides which network is which": drawn_by_lot(small[PLAIN], small[MAX])},
        **found.shown,
    )
