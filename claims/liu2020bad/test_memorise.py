"""Vanilla SGD fits the training set, whatever its labels (§3, observation 1; Zhang et al. 2017).

    P( accuracy on the training set = 1 )  >  1/2

over initialisations and batch orders, for the true labels, and for R masked copies of every image
with labels drawn uniformly (Algorithm 1), which is how an adversarial start is made. DenseNet is
trained until it converges where it does not come to 1 (§3.1 and the note to Algorithm 1): for it
0.99 is asked.
"""

from claims.seeds import FIRST_SEED
from dltheory.experiments import Experiment
from dltheory.models import MLP
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, opposite, success_rate, weakest
from dltheory.verdicts import Claim, Criterion, arms_plot, shown

from .paper import PAPER
from .recipes import (
    COPIES,
    FITTED,
    FULL_DEVIATIONS,
    FULL_SEEDS,
    MEASURED,
    SEEDS,
    SMALL,
    SMALL_WORLD,
    TRAIN,
    WORLD,
    fitted_at_scale,
    for_every_start,
    full,
)

CLAIM = Claim(
    paper=PAPER,
    row="memorise",
    locator="§3, observation 1; Algorithm 1",
    statement="Vanilla SGD classifies all training images as told, by true labels and by random; "
    "DenseNet nearly all.",
    kind="rate",
    quantifier="every",
    formula="P(training accuracy = 1) > 1/2, for true labels and for random ones",
    estimand="the smaller of two probabilities that a run ends with every training image right",
    unit="probability",
    refuted_if="runs fit less often than every second time, for one of the two kinds of labels",
)

SLOW_ENOUGH = "training on random labels comes close to its end"
COPY = 1 / 600  # one of the masked copies of the small world
TRUE_LABELS, RANDOM_LABELS, TINY = "true labels", "random labels", "tiny network, random labels"

FAST = Form(
    experiment=Experiment(
        arms={
            TRUE_LABELS: SMALL,
            RANDOM_LABELS: FITTED[COPIES],
            TINY: FITTED[COPIES].but(model=MLP(hidden=(4,))),
        },
        seeds=SEEDS,
        first_seed=FIRST_SEED,
        measure=MEASURED,
    ),
    criterion=Criterion(
        null=0.5,
        power_at=0.97,
        because="fitting is the rule if it happens more often than not; as good as always is meant",
        deviations=SMALL_WORLD,
    ),
    sentence=f"For {WORLD}, vanilla SGD fits the true labels, and 600 random ones, more often than "
    "not.",
    bearing="analogue",
)


def at_scale(network, data, copies):
    """One network on one data set, with so many copies."""
    vanilla = full(network, data)
    fitted = fitted_at_scale(network, data, copies)
    return Form(
        experiment=Experiment(
            arms={
                TRUE_LABELS: vanilla,
                RANDOM_LABELS: fitted,
                TINY: fitted.but(model=MLP(hidden=(4,))),
            },
            seeds=FULL_SEEDS,
            measure=MEASURED,
        ),
        criterion=Criterion(
            null=0.5,
            power_at=0.99,
            because="fitting is the rule if it happens more often than not",
            deviations=FULL_DEVIATIONS,
        ),
        sentence=f"For {network} on {data}, vanilla SGD fits the true labels, and random ones of "
        f"{copies} copies of each image, more often than not"
        f"{', up to one image in a hundred' if _least(network) < 1 else ''}.",
        regime=(SLOW_ENOUGH,),
    )


def _least(case_name):
    """The accuracy at which a training set counts as fitted."""
    return 0.99 if case_name.startswith("densenet") else 1.0


FULL = for_every_start(at_scale)


@claim(CLAIM, fast=FAST, full=FULL)
def test_vanilla_sgd_fits_true_and_random_labels(measured, judge, tier, case_name):
    accuracy = measured(TRAIN.name, worst=0.0)
    true, random, tiny = (
        success_rate((accuracy[name] >= _least(case_name)).tolist())
        for name in (TRUE_LABELS, RANDOM_LABELS, TINY)
    )

    rested = shown(SLOW_ENOUGH, mean(accuracy[RANDOM_LABELS], step=COPY), above=0.95)

    judge(
        weakest(true, random),
        regime=[rested] if tier == "full" else [],
        controls=[
            shown(
                "a network of four hidden units stays below an accuracy of 0.9",
                mean(0.9 - accuracy[TINY], step=COPY),
                when_failed="vacuous",
            ),
            shown(
                "a network of four hidden units fits no more often than not",
                opposite(tiny),
                above=-0.5,
                when_failed="vacuous",
            ),
        ],
        mutants={"tiny network": tiny},
        plots=[
            arms_plot(
                "accuracy on the training set", TRAIN.name, accuracy, seeds=range(true.trials)
            )
        ],
    )
