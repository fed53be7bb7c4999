"""What the row “Lemma 1” says of training on: a shorter gradient, the same classifier (Table 1).

    log₁₀(|∇L| before / |∇L| after) > r    and    |accuracy(after) − accuracy(linear)| < m,

means over seeds, with every ReLU open on every training image in the end. The paper prints gradient
norms of 0.0992 before and 0.0414 after, a fall by 0.38 powers of ten, and r is half of that. It
concludes that training moves the parameters closer to the linear minimum. A linear classifier
trained on alone for as long moves there too, by other steps; it stands in as a broken experiment.

The paper gives the linear classifier a test accuracy of 40.53 % and a gradient norm of 0.00375 by
the objective of logistic regression, and none by the network's for comparison.
"""

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference, weakest
from dltheory.verdicts import Bearing, Claim, Criterion, Verdict, arms_plot, holds, shown, table

from .last_layer_alone import LastLayerAlone
from .lemma_1_recipes import (
    DEFAULT_DESCENT,
    TINY_OFFSET,
    WORLD,
    linear_classifier,
    trained_on,
)
from .local_minima_recipes import CODE_CONSTANTS, TABLE_1_EMBEDDED, TABLE_1_LINEAR
from .paper import PAPER
from .table_1 import LEMMA_1

CLAIM = Claim(
    paper=PAPER,
    row="lemma-1-row",
    locator="§2, Table 1, row “Lemma 1”",
    statement="Trained on from an embedded linear classifier, the gradient gets shorter and the "
    "classifier stays, with all activations positive.",
    kind="threshold",
    formula="E log₁₀(|∇L| before / |∇L| after) > 0.19 and |E[acc(after) − acc(linear)]| < 0.01",
    estimand="the smaller of: the fall of the gradient over 0.19 powers of ten, minus 1; 1 minus "
    "the size of the mean change in accuracy over 0.01",
    unit="the lesser share of 0.19 powers of ten and of a point of accuracy",
    refuted_if="the gradient certainly falls by less, or accuracy certainly changes by more",
    quantifier="every",
)

LINEAR, EMBEDDED = "linear classifier", "embedded, then trained"
LINEAR_ON = "linear classifier, trained on alone"
TINY_LINEAR, TINY = "classifier behind ReLUs", "behind ReLUs, then trained"
FALL, MARGIN = 0.19, 0.01
ACCURACY, SLOPE, OPEN = "accuracy on train", "gradient norm on train", "open relus on train"
MEASURED = (quantity("accuracy"), quantity("gradient_norm"), quantity("open_relus"))
AT_REST = "the linear classifier has come to rest: gradient norm at most twice the printed 0.0992"


def form(experiment, sentence, deviations, *, bearing: Bearing, expected: Verdict, reason=""):
    """What is asserted of training on."""
    return Form(
        sentence=f"{sentence} shortens the gradient by 0.19 powers of ten and more, keeps the "
        "accuracy to within a point and all ReLUs open.",
        bearing=bearing,
        regime=(AT_REST,),
        experiment=experiment,
        criterion=Criterion(
            power_at=0.5,
            because="half of the printed fall of the gradient, by 0.38 powers of ten; and a point "
            "of accuracy, five of 500 images",
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


FAST = form(
    Experiment(
        arms={
            LINEAR: linear_classifier(),
            LINEAR_ON: trained_on(DEFAULT_DESCENT).but(penalty=LastLayerAlone()),
            EMBEDDED: trained_on(DEFAULT_DESCENT),
            TINY_LINEAR: linear_classifier(TINY_OFFSET),
            TINY: trained_on(DEFAULT_DESCENT, TINY_OFFSET),
        },
        seeds=LOOKS,
        first_seed=FIRST_SEED,
        measure=MEASURED,
    ),
    "Training on by gradient descent, from an embedded linear minimum, an MLP on 500 digits of "
    "4 × 4 pixels with half of the labels redrawn",
    WORLD,
    bearing="instance",
    expected="CONFIRMED",
)
FULL = form(
    Experiment(
        arms={
            LINEAR: TABLE_1_LINEAR,
            LINEAR_ON: TABLE_1_EMBEDDED.but(penalty=LastLayerAlone(decay=5e-4)),
            EMBEDDED: TABLE_1_EMBEDDED,
        },
        seeds=3,
        measure=MEASURED,
    ),
    "Training on all layers, from an embedded linear classifier as in Table 1, an MLP on CIFAR-10",
    ("hidden layers as wide as the input; the paper does not print the widths", *CODE_CONSTANTS),
    bearing="claim",
    expected="INCONCLUSIVE",
    reason="decay on the hidden layers, which the classifier was trained without, is another "
    "objective; and the printed largest eigenvalue is more than the step allows",
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_training_on_from_an_embedded_classifier_shortens_the_gradient(measured, judge, tier):
    accuracy, slope, opened = measured(ACCURACY), measured(SLOPE), measured(OPEN)

    step = 1 / (500 if tier == "fast" else 50_000) / MARGIN

    def closer(arm, start):
        fall = np.log10(slope[start]) - np.log10(slope[arm])
        changed = paired_difference(*(accuracy[a] / MARGIN for a in (arm, start)), step=step)
        return weakest(mean(fall / FALL - 1), equivalence(changed, margin=1.0))

    controls = [
        holds(
            "every ReLU is open on all images in the end",
            expectation="share of open ReLUs 1, every seed",
            observed=f"smallest {opened[EMBEDDED].min():.4g}",
            held=bool(opened[EMBEDDED].min() == 1.0),
        )
    ]
    mutants = {"the linear classifier trained on alone": closer(LINEAR_ON, LINEAR)}
    if TINY in slope:
        controls.append(
            shown(
                "behind closed ReLUs training on changes the classifier",
                paired_difference(accuracy[TINY], accuracy[TINY_LINEAR]),
                above=MARGIN,
                when_failed="vacuous",
            )
        )
        mutants["a classifier behind closed ReLUs"] = closer(TINY, TINY_LINEAR)
    judge(
        closer(EMBEDDED, LINEAR),
        controls=controls,
        regime=[shown(AT_REST, mean(2 * float(LEMMA_1.before.gradient) - slope[LINEAR]))],
        mutants=mutants,
        plots=[
            arms_plot(
                "gradient norm by arm",
                "gradient norm",
                slope,
                seeds=range(len(slope[LINEAR])),
                log=True,
                printed={
                    LINEAR: float(LEMMA_1.before.gradient),
                    EMBEDDED: float(LEMMA_1.after.gradient),
                },
            )
        ],
        tables=[
            table(
                "Means over seeds (gradient norm: geometric)",
                ["arm", "accuracy on train", "gradient norm", "open ReLUs"],
                [
                    [
                        arm,
                        float(accuracy[arm].mean()),
                        f"{10 ** np.log10(slope[arm]).mean():.3g}",
                        f"{opened[arm].mean():.1%}",
                    ]
                    for arm in slope
                ],
            )
        ],
        printed=(LEMMA_1.after.gradient, "Table 1, gradient norm after; 0.0992 before"),
    )
