"""RankMin and RankMax leave accuracy on clean images as it was (§5; Tables 4, 9 and 10).

    | E[ accuracy(projected) − accuracy(no projection) ] |  <  m,

m = 1 percentage point for RankMin and 1.5 for RankMax, over trainings and test images like these;
all arms are tuned for as long. The paper concludes that rank is no force in generalisation.

Tuning may heal any wound, and then an equal accuracy says nothing of rank. The control moves each
layer as far in a random direction: if that costs no accuracy either, the claim is vacuous.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, over_seeds_and_images
from dltheory.verdicts import Claim, Criterion, shown

from .attacked_accuracies import attacked
from .paper import PAPER
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import MAX, MIN, NOISE_MAX, NOISE_MIN, PLAIN

CLAIM = Claim(
    paper=PAPER,
    row="rank-accuracy",
    locator="§5, Tables 4, 9 and 10",
    statement="Holding the rank low or high while tuning leaves clean accuracy as it was.",
    kind="equivalence",
    formula="|E[acc(projected) − acc(no projection)]| < m",
    estimand="m minus |mean over seeds and test images of the difference in accuracy|",
    unit="accuracy (fraction)",
    refuted_if="accuracy certainly changes by more than m",
)

METHODS = {"rankmin": (MIN, NOISE_MIN, 0.01), "rankmax": (MAX, NOISE_MAX, 0.015)}
WORLDS = {
    "fast": {stage: (SMALL_WORLD, stage) for stage in ("natural", "adversarial")},
    "full": stages("natural", "adversarial", worlds=PUBLISHED),
}
EXPECTED = {
    "natural-rankmin": "RankMin costs 0.9 points on pilot seeds, so close to the margin of 1 that "
    "ten seeds and 500 images leave it open",
    "adversarial-rankmin": "RankMin costs 1.0 points on pilot seeds, the margin itself",
}


def form(case, world, stage, method):
    """Every arm of a world; one projection is judged."""
    margin, reason = METHODS[method][2], EXPECTED.get(case, "")
    return Form(
        experiment=world.accuracies(stage),
        criterion=Criterion(
            power_at=margin,
            because=f"θ = m − |difference| with m = {100 * margin:g} points: the printed changes "
            "are 0.2 to 1.3 points, which the paper calls similar",
            licenses="Whether clean accuracy of this network depends on the rank it is held to.",
            expected="INCONCLUSIVE" if reason else "CONFIRMED",
            expected_reason=reason,
            deviations=world.deviations,
        ),
    )


CASES = {
    tier: {
        f"{name}-{method}": (world, stage, method)
        for name, (world, stage) in worlds.items()
        for method in METHODS
    }
    for tier, worlds in WORLDS.items()
}
FORMS = {
    tier: {name: form(name, world, stage, method) for name, (world, stage, method) in cases.items()}
    for tier, cases in CASES.items()
}


@claim(CLAIM, **FORMS)
def test_projected_networks_classify_clean_images_as_well(measured, judge, tier, case_name):
    world, stage, method = CASES[tier][case_name]
    arm, noise, margin = METHODS[method]
    found = attacked(measured, world, stage, case_name.removesuffix(f"-{method}"))
    (clean,) = found.of("clean")

    judge(
        _kept(clean[arm], clean[PLAIN], margin),
        controls=[found.without_length, _not_healed(clean, noise, margin)],
        mutants={"an accuracy 5 points lower": _kept(clean[arm] - 0.05, clean[PLAIN], margin)},
        **found.shown,
    )


def _kept(projected, plain, margin):
    return equivalence(over_seeds_and_images(projected - plain), margin=margin)


def _not_healed(clean, noise, margin):
    return shown(
        "a random move of the same length costs more than the margin",
        over_seeds_and_images(clean[PLAIN] - clean[noise]),
        above=margin,
        when_failed="vacuous",
    )
