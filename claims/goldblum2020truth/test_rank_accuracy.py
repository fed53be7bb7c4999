"""RankMin and RankMax do not change accuracy on clean images strongly (§5; Tables 4, 9 and 10).

    | E[ accuracy(projected) − accuracy(no projection) ] |  <  m,

over trainings and test images like these; all arms are tuned for as long. The paper says that the
performance is not strongly affected, not that it stays as it is: `rank-harmless-audit` asks that.
m is 1.25 points, since the largest change that it prints and does not call strong is 1.24. Rows
that print a change near m are expected to stay open.

Tuning may heal any wound, and then an equal accuracy says nothing of rank. The control moves each
layer as far in a random direction: if that costs no accuracy either, the claim is vacuous.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, over_seeds_and_images
from dltheory.verdicts import Claim, Criterion, shown

from .attacked_accuracies import attacked
from .paper import PAPER
from .rank_controls import REGIME
from .rank_pictures import printed_lead
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
PRINTED_MARGIN = 0.0125
DECIDED_MARGIN = {("adversarial", "rankmin"): 0.0135}
NEAR = 0.0075  # a printed change above it is nearer to the margin than what 16 seeds tell apart
ATTACK = {"natural": "robust_small", "adversarial": "robust"}
WORLDS = {
    "fast": {stage: (SMALL_WORLD, stage) for stage in ("natural", "adversarial")},
    "full": stages("natural", "adversarial", worlds=PUBLISHED),
}


OPEN = {
    ("natural", "rankmin"): "RankMin costs 1.2 points on pilot seeds, close to the margin",
    ("natural", "rankmax"): "RankMax costs 0.7 points on pilot seeds, which 24 seeds tell from the "
    "margin in about half of all experiments",
    ("adversarial", "rankmin"): "RankMin costs 1.6 points on pilot seeds, close to the margin",
}


def margin_of(world, stage, method):
    """The change of accuracy that is not called strong."""
    decided = DECIDED_MARGIN if world.small_scale else {}
    return decided.get((stage, method), PRINTED_MARGIN)


def open_because(name, world, stage, method):
    """Why a case is expected to stay open; empty where it is not."""
    if world.small_scale:
        return OPEN.get((stage, method), "")
    change = printed_lead(stage, name, METHODS[method][0], PLAIN, "clean")
    if abs(change) < NEAR:
        return ""
    return f"this row prints a change of {100 * change:.2f} points, near the margin of 1.25"


def form(name, world, stage, method):
    """Every arm of a world; one projection is judged."""
    margin, reason = margin_of(world, stage, method), open_because(name, world, stage, method)
    points = f"{100 * margin:g} points"
    return Form(
        sentence=f"After {stage} training of {world.network}, tuning with {METHODS[method][0]} "
        f"changes test accuracy by less than {points} against tuning without a projection.",
        bearing=world.bearing,
        regime=REGIME[stage],
        experiment=world.accuracies(stage),
        criterion=Criterion(
            power_at=margin,
            because=f"θ = m − |difference| with m = {points}: the largest change that the paper "
            "prints is 1.24 points, and it does not call it strong"
            if margin == PRINTED_MARGIN
            else f"θ = m − |difference| with m = {points}: what 24 seeds decide with power 0.8, by "
            "pilots",
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
    tier: {name: form(name.removesuffix(f"-{case[-1]}"), *case) for name, case in cases.items()}
    for tier, cases in CASES.items()
}


@claim(CLAIM, **FORMS)
def test_projected_networks_classify_clean_images_as_well(measured, judge, tier, case_name):
    world, stage, method = CASES[tier][case_name]
    arm, noise = METHODS[method]
    found = attacked(measured, world, stage, case_name.removesuffix(f"-{method}"))
    (clean,) = found.of("clean")
    (under_attack,) = found.of(ATTACK[stage])
    margin = margin_of(world, stage, method)

    def kept(projected):
        return equivalence(over_seeds_and_images(projected - clean[PLAIN]), margin=margin)

    judge(
        kept(clean[arm]),
        controls=[
            found.without_length,
            shown(
                "a random move of the same length costs more than the margin",
                over_seeds_and_images(clean[PLAIN] - clean[noise]),
                above=margin,
                when_failed="vacuous",
            ),
        ],
        regime=found.regime,
        mutants={f"{arm} tested on attacked images": kept(under_attack[arm])},
        **found.shown,
    )
