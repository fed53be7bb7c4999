"""Naturally trained networks withstand no attack with ε = 8/255 (§5, Tables 4, 9 and 10).

    E[ robust accuracy ]  <  5 %,   half of chance among ten classes,

over trainings and test images like these. A broken attack finds what is not there; so with ε = 0 it
may find nothing, and a network of the same shape with adversarial training must withstand it. And
PGD may miss what is there: more restarts may find little more, here and in the other claims.
"""

from dltheory.experiments import quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import over_seeds_and_images, weakest
from dltheory.verdicts import Claim, Criterion, arms_plot, shown

from .paper import PAPER
from .rank_controls import attack_without_length
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import ADVERSARIAL, NATURAL

CLAIM = Claim(
    paper=PAPER,
    row="natural-not-robust",
    locator="§5, Tables 4, 9 and 10",
    statement="Naturally trained networks withstand practically no large attack.",
    kind="threshold",
    formula="E[robust acc(natural training)] < 5 %",
    estimand="5 % minus the mean over seeds and test images of the robust accuracy",
    unit="accuracy (fraction)",
    refuted_if="robust accuracy is certainly above 5 %",
)
LARGEST = 0.05

CASES = {
    "fast": {"": (SMALL_WORLD, "natural")},
    "full": stages("natural", worlds=PUBLISHED),
}


CLASSIFIES = "without an attack natural training classifies more than half of the images"


def form(world):
    """Networks as trained, natural and adversarial, attacked more and less hard."""
    names = {"natural": NATURAL, "adversarial": ADVERSARIAL}
    return Form(
        sentence=f"{world.network[0].upper()}{world.network[1:]}, naturally trained, classifies "
        f"less than 5 % of test images rightly under attacks of ε = {_epsilon(world)}.",
        bearing=world.bearing,
        regime=(CLASSIFIES,),
        experiment=world.experiment(
            {names[stage]: training for stage, training in world.base.items()},
            quantity("accuracy", on="test"),
            world.clean,
            world.robust,
            world.robust_strong,
        ),
        criterion=Criterion(
            power_at=LARGEST,
            because="θ = 5 % − accuracy: half of chance; the paper prints 0.00 to 3.76 %",
            deviations=world.deviations,
        ),
    )


def _epsilon(world):
    return f"{world.large.epsilon:g}" if world.small_scale else "8/255"


FORMS = {
    tier: {name: form(case[0]) for name, case in cases.items()} for tier, cases in CASES.items()
}


@claim(CLAIM, **FORMS)
def test_natural_training_withstands_no_large_attack(measured, judge, tier, case_name):
    world, _ = CASES[tier][case_name]
    quantities = (world.clean, world.robust, world.robust_strong)
    clean, robust, strong = (measured(q.name) for q in quantities)
    accuracy = measured("accuracy on test")
    others = {
        f"{arm} instead": over_seeds_and_images(LARGEST - robust[arm])
        for arm in robust
        if arm != NATURAL
    } | {"an attack of no length": over_seeds_and_images(LARGEST - clean[NATURAL])}

    judge(
        over_seeds_and_images(LARGEST - robust[NATURAL]),
        controls=[
            attack_without_length(clean, accuracy),
            _found_all(robust, strong),
        ],
        regime=[shown(CLASSIFIES, over_seeds_and_images(clean[NATURAL]), above=0.5)],
        mutants=others,
        plots=[_plot("accuracy", clean), _plot("under PGD", robust), _plot("harder", strong)],
    )


def _found_all(robust, strong):
    """The attack is good enough if a harder one finds little more on any network."""
    left = [over_seeds_and_images(0.02 - (robust[arm] - strong[arm])) for arm in robust]
    return shown("more restarts find less than 2 points more in every arm", weakest(*left))


def _plot(title, arms):
    means = {arm: by_block.mean(axis=1) for arm, by_block in arms.items()}
    return arms_plot(title, "accuracy (fraction)", means, seeds=range(len(means[NATURAL])))
