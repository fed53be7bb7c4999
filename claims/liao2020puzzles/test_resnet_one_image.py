"""Residual nets, divided by the length of their output on one image (Fig. 2d, Appendix H).

With s = ‖F(x₀)‖₂ for one training image x₀, the losses of F/s are said to lie on a line, test over
train, over nets that differ by their initial weights alone:

    R² of the line over the nets > 0.9, per seed, averaged.

Against another image, and against no image at all: one constant for all nets. Where the constant
gives a line as straight, the division shows nothing.
"""

import math

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference
from dltheory.verdicts import Claim, Criterion, scatter_plot, shown, table

from .families import FITS, FULL_SEEDS, SEEDS, first_seed_of, on_both
from .paper import PAPER
from .recipes import RESNET_56, SMALL_RESNET, UNPRINTED
from .relations import by_net, lines

CLAIM = Claim(
    paper=PAPER,
    row="resnet-one-image",
    locator="Fig. 2 c and d, Appendices B and H",
    statement="Residual nets divided by their output's length on one image lie on a line.",
    kind="slope",
    formula="R² of L_test(F/s) over L_train(F/s) > 0.9",
    estimand="mean over seeds of R² over the nets, minus 0.9",
    unit="R²",
    refuted_if="R² is certainly below 0.9",
)
LEAST_R2 = 0.9
CONSTANT = 10.0
DIVIDED = {
    "one image": "divided loss on {} (image=0)",
    "another image": "divided loss on {} (image=1)",
    "a constant": f"divided loss on {{}} (by={CONSTANT}, image=None)",
    "as trained": "loss on {}",
}
MEASURE = (
    *on_both("loss"),
    *on_both("accuracy"),
    *on_both("divided_loss", image=0),
    *on_both("divided_loss", image=1),
    *on_both("divided_loss", image=None, by=CONSTANT),
)


def form(arms, seeds, deviations, nets, bearing):
    """Nets that differ by the scale of their initial weights."""
    return Form(
        experiment=Experiment(
            arms=arms, seeds=seeds, first_seed=first_seed_of(seeds), measure=MEASURE
        ),
        criterion=Criterion(
            power_at=0.09,
            because="R² of 0.9 is the least that a reader would call a line in a plot; divided "
            "by one constant, whatever the net, they may lie on a line too",
            deviations=deviations,
        ),
        sentence=f"For {nets} that differ by initial scale, losses divided by the output's length "
        "on one image lie on a line with R² above 0.9.",
        bearing=bearing,
        regime=(FITS,),
    )


@claim(
    CLAIM,
    fast=form(
        SMALL_RESNET,
        SEEDS,
        ("two blocks of 4 and 8 filters on 500 digits, 30 epochs, no augmentation",),
        "residual nets of two blocks on 500 digits",
        "analogue",
    ),
    full=form(
        RESNET_56,
        FULL_SEEDS,
        (
            UNPRINTED,
            "initial weights N(0, σ²) of four σ: the paper does not print how its nets differ",
            "no augmentation; losses are of the images as they are",
        ),
        "ResNet-56 on CIFAR-10",
        "claim",
    ),
)
def test_residual_nets_divided_by_one_output_lie_on_a_line(measured, judge, tier):
    names = list(SMALL_RESNET if tier == "fast" else RESNET_56)
    losses = {
        name: tuple(
            by_net(measured(quantity.format(on), worst=math.log(10)), names)
            for on in ("train", "test")
        )
        for name, quantity in DIVIDED.items()
    }
    explained = {name: lines(*pair)[2] for name, pair in losses.items()}
    another = paired_difference(explained["one image"], explained["another image"])

    judge(
        mean(explained["one image"] - LEAST_R2),
        regime=[_fits(measured, names)],
        controls=[
            shown(
                "divided by one constant, the nets are farther from a line",
                mean(LEAST_R2 - explained["a constant"]),
                when_failed="vacuous",
            ),
            shown(
                "another image gives as straight a line, within 0.1",
                equivalence(another, margin=0.1),
                when_failed="confounded",
            ),
        ],
        mutants={
            "test losses of other nets": mean(_mismatched(*losses["one image"]) - LEAST_R2),
        },
        plots=[_plot(name, train, test, names) for name, (train, test) in losses.items()],
        tables=[_table(losses), _errors(measured, names)],
    )


def _fits(measured, names):
    error = 1 - by_net(measured("accuracy on train", worst=0.0), names).mean(axis=1)
    return shown(FITS, mean(0.01 - error, step=1 / (500 * len(names))))


def _mismatched(train, test):
    return lines(train, test[:, ::-1])[2]


def _plot(name, train, test, names):
    groups = {n: (train[:, i], test[:, i]) for i, n in enumerate(names)}
    slope, intercept, _ = lines(train, test)
    drawn = {"diagonal": (1.0, 0.0), "fitted": (float(slope.mean()), float(intercept.mean()))}
    title = name if name == "as trained" else f"divided by {name}"
    return scatter_plot(title, "test loss", "train loss", groups, lines=drawn)


def _table(losses):
    rows = []
    for name, pair in losses.items():
        slope, intercept, explained = (part.mean() for part in lines(*pair))
        rows.append([name, slope, intercept, explained])
    return table("Lines, means over seeds", ["divided by", "slope", "intercept", "R²"], rows)


def _errors(measured, names):
    errors = [
        1 - by_net(measured(f"accuracy on {on}", worst=0.0), names) for on in ("train", "test")
    ]
    rows = [
        [name, *(float(e[:, i].mean()) for e in errors), int((errors[0][:, i] > 0).sum())]
        for i, name in enumerate(names)
    ]
    columns = ["net", "training error", "test error", "seeds with training errors"]
    return table("Every net, those with training errors counted", columns, rows)
