"""RankMin and RankMax generalise alike (§5, Table 4).

    | E[ accuracy(RankMin) − accuracy(RankMax) ] |  <  m

on clean images, over trainings and test images like these; both are tuned for as long from the same
network. The paper says so of Table 4, on CIFAR-10. Of natural training it prints 0.78 and 0.71
points between the two and calls them similar: m is one point. Of adversarial training, where it
prints 1.66 and 0.91 points the other way, it goes on to speak of robustness: `rankmax-robust`.

Tuning may heal any wound; where random moves as far as the two projections end alike as well, the
claim holds of them too and says nothing of rank.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, opposite, over_seeds_and_images
from dltheory.verdicts import Claim, Criterion, shown

from .attacked_accuracies import attacked
from .paper import PAPER
from .rank_controls import REGIME
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import MAX, MIN, NOISE_MAX, NOISE_MIN

CLAIM = Claim(
    paper=PAPER,
    row="rank-similar",
    locator="§5, Table 4",
    statement="Networks tuned with RankMin and with RankMax generalise alike.",
    kind="equivalence",
    formula="|E[acc(RankMin) − acc(RankMax)]| < m",
    estimand="m minus |mean over seeds and test images of the difference in accuracy|",
    unit="accuracy (fraction)",
    refuted_if="accuracies certainly differ by more than m",
)

ON_CIFAR10 = {name: PUBLISHED[name] for name in ("resnet18", "skipless")}
CASES = {
    "fast": {"": (SMALL_WORLD, "natural")},
    "full": stages("natural", worlds=ON_CIFAR10),
}
MARGIN = 0.01


def form(world, stage):
    """Every arm of natural training."""
    return Form(
        sentence=f"After {stage} training of {world.network}, test accuracies of tuning with "
        "RankMin and with RankMax differ by less than a point.",
        bearing=world.bearing,
        regime=REGIME[stage],
        experiment=world.accuracies(stage),
        criterion=Criterion(
            power_at=MARGIN,
            because="θ = m − |difference| with m = 1 point: the paper prints differences of 0.78 "
            "and 0.71 points and calls them similar",
            expected="INCONCLUSIVE" if world.small_scale else "CONFIRMED",
            expected_reason="the two differ by 0.45 points on pilot seeds, which 24 seeds seldom "
            "tell from a point"
            if world.small_scale
            else "",
            deviations=world.deviations,
        ),
    )


FORMS = {tier: {name: form(*case) for name, case in cases.items()} for tier, cases in CASES.items()}


@claim(CLAIM, **FORMS)
def test_networks_of_low_and_high_rank_classify_clean_images_alike(
    measured, judge, tier, case_name
):
    world, stage = CASES[tier][case_name]
    found = attacked(measured, world, stage, case_name)
    clean, under_attack = found.of("clean", "robust_small")

    def alike(one, other):
        return equivalence(over_seeds_and_images(one - other), margin=MARGIN)

    judge(
        alike(clean[MIN], clean[MAX]),
        controls=[
            found.without_length,
            shown(
                "random moves as far as the two end unlike",
                opposite(alike(clean[NOISE_MIN], clean[NOISE_MAX])),
                when_failed="vacuous",
            ),
        ],
        regime=found.regime,
        mutants={"RankMin tested on attacked images": alike(under_attack[MIN], clean[MAX])},
        **found.shown,
    )
