"""RankMin and RankMax do not change accuracy on clean images strongly (§5; Tables 4, 9 and 10).

    | E[ accuracy(projected) − accuracy(no projection) ] |  <  m,

m = 2 percentage points for both, over trainings and test images like these; all arms are tuned for
as long. The paper says that the performance is not strongly affected, not that it stays as it is:
it prints losses of up to 1.24 points, which are significant on 10,000 images.

Tuning may heal any wound, and then an equal accuracy says nothing of rank. The control moves each
layer as far in a random direction: if that costs no accuracy either, the claim is vacuous.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, over_seeds_and_images
from dltheory.verdicts import Claim, Criterion, shown

from .attacked_accuracies import attacked
from .paper import PAPER
from .rank_controls import REGIME
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import MAX, MIN, NOISE_MAX, NOISE_MIN, PLAIN

CLAIM = Claim(
    paper=PAPER,
    row="rank-accuracy",
    locator="§5, Tables 4, 9 and 10",
    statement="Holding the rank low or high while tuning does not change clean accuracy strongly.",
    kind="equivalence",
    formula="|E[acc(projected) − acc(no projection)]| < m",
    estimand="m minus |mean over seeds and test images of the difference in accuracy|",
    unit="accuracy (fraction)",
    refuted_if="accuracy certainly changes by more than m",
)

METHODS = {"rankmin": (MIN, NOISE_MIN), "rankmax": (MAX, NOISE_MAX)}
MARGIN = 0.02
ATTACK = {"natural": "robust_small", "adversarial": "robust"}
WORLDS = {
    "fast": {stage: (SMALL_WORLD, stage) for stage in ("natural", "adversarial")},
    "full": stages("natural", "adversarial", worlds=PUBLISHED),
}


EXPECTED = {
    ("adversarial", "rankmin"): "RankMin costs 1.6 points on pilot seeds, close to the margin of 2"
}


def form(world, stage, method):
    """Every arm of a world; one projection is judged."""
    reason = EXPECTED.get((stage, method), "") if world.small_scale else ""
    return Form(
        sentence=f"After {stage} training of {world.network}, tuning with {METHODS[method][0]} "
        "changes test accuracy by less than two points against tuning without a projection.",
        bearing=world.bearing,
        regime=REGIME[stage],
        experiment=world.accuracies(stage),
        criterion=Criterion(
            power_at=MARGIN,
            because="θ = m − |difference| with m = 2 points: the paper prints changes of 0.1 to "
            "1.2 points and does not call them strong",
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
    tier: {name: form(world, stage, method) for name, (world, stage, method) in cases.items()}
    for tier, cases in CASES.items()
}


@claim(CLAIM, **FORMS)
def test_projected_networks_classify_clean_images_as_well(measured, judge, tier, case_name):
    world, stage, method = CASES[tier][case_name]
    arm, noise = METHODS[method]
    found = attacked(measured, world, stage, case_name.removesuffix(f"-{method}"))
    (clean,) = found.of("clean")
    (under_attack,) = found.of(ATTACK[stage])

    judge(
        _kept(clean[arm], clean[PLAIN]),
        controls=[found.without_length, _not_healed(clean, noise)],
        regime=found.regime,
        mutants={
            f"{arm} tested on attacked images": _kept(under_attack[arm], clean[PLAIN]),
        },
        **found.shown,
    )


def _kept(projected, plain):
    return equivalence(over_seeds_and_images(projected - plain), margin=MARGIN)


def _not_healed(clean, noise):
    return shown(
        "a random move of the same length costs more than the margin",
        over_seeds_and_images(clean[PLAIN] - clean[noise]),
        above=MARGIN,
        when_failed="vacuous",
    )
