"""Do the printed counts, lines and captions agree with themselves (Appendix L, Figs 9–16)?

    counts     the shapes named give 154,464, 165,784 and 188,810 parameters,
    intercepts every fitted line has intercept (1 − slope) ln 10, within rounding: it runs through
               (ln 10, ln 10), where a net of zero outputs lies whatever it has learnt,
    slope-one  the fitted slopes are 1 within 0.1, as the text has it,
    captions   Figs 15 and 16 are of one experiment, the second with a point added, and agree on
               data, network and RMSE,
    fig-1      the net of Fig. 1 has more parameters than the largest set it is trained on, as §1
               says of it,
    mnist      the training set of MNIST has the 50,000 images that Fig. 20 gives it.

Nothing is run; numbers are read as intervals of what rounds to them.

The authors could object to each of the refuted ones. To slope-one: eq. 6 is a bound of slope one,
and lines of slope 0.836 may lie below it; but §2 and the captions speak of the fitted line, and the
slope that Fig. 10 prints is not one. To captions: they are slips of the pen; so they may be, and
what is judged is what is printed. To fig-1: it shows sets of several sizes, and §1 may mean those
that are smaller than the net; but its caption names 50,000 images as the largest, and what is
refuted is that the net is larger than each set. To mnist: a sixth may have been held out; but
nothing printed says so, Fig. 20 speaks of “the” training set, and the authors' code trains on all
60,000 images.
"""

import math

import numpy as np

from dltheory.data import CIFAR10, MNIST
from dltheory.plugin import Form, claim
from dltheory.statistics import Printed, worst_case
from dltheory.verdicts import Claim, Criterion, Verdict, holds, table

from .fitted_lines import FIG_15, FIG_16, LINES, PARAMETERS
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="counts-captions-audit",
    locator="Captions of Figs 9, 10, 15 and 16, Appendices F and L",
    statement="Printed parameter counts, fitted lines and captions agree with themselves.",
    kind="audit",
    formula="every count, intercept, slope or caption agrees",
    estimand="number that agree minus number that there are",
    unit="printed items",
    refuted_if="one item or more does not agree, however it was rounded",
)
CHANCE = math.log(10)


def form(case, because, expected: Verdict = "CONFIRMED", reason=""):
    """One audit; it runs nothing."""
    return Form(
        criterion=Criterion(
            null=-0.5,
            because=because,
            expected=expected,
            expected_reason=reason,
        ),
        sentence=SENTENCES[case],
    )


SENTENCES = {
    "counts": "The shapes named in Appendix L give the printed parameter counts.",
    "intercepts": "Every line printed in Figs 9 to 16 has the intercept (1 − slope) ln 10.",
    "slope-one": "Every slope printed in Figs 9 to 16 is within 0.1 of 1.",
    "captions": "The captions of Figs 15 and 16 agree on data, network and RMSE.",
    "fig-1": "The net of Fig. 1 has more parameters than each set of images that it is trained on.",
    "mnist": "The training set of MNIST has the number of images that Fig. 20 prints for it.",
}
CASES = {
    "counts": form("counts", "all or not: a count that is off is a net that is not described"),
    "intercepts": form("intercepts", "all or not: rounding of slope and intercept is allowed for"),
    "slope-one": form(
        "slope-one",
        "0.1, as in normalised-linear",
        "REFUTED",
        "the two slopes on CIFAR-10 of Figs 9 and 10 are 0.836",
    ),
    "captions": form(
        "captions",
        "all or not",
        "REFUTED",
        "the caption of Fig. 16 says CIFAR10 and L.1.1 in the section on MNIST, and its RMSE has "
        "the digits of Fig. 15's with another exponent",
    ),
    "fig-1": form(
        "fig-1",
        "more or not: §1 speaks of nets with more parameters than images",
        "REFUTED",
        "about ten thousand parameters are fewer than 50,000 images",
    ),
    "mnist": form(
        "mnist", "the same number or not", "REFUTED", "it has 60,000 images, and 50,000 are printed"
    ),
}


@claim(CLAIM, static=CASES)
def test_printed_counts_lines_and_captions_agree(judge, case_name):
    agree, shown_table, control = AUDITS[case_name]()

    judge(
        worst_case([sum(agree) - len(agree)], method="counted in print"),
        controls=[control],
        plots=[],
        tables=[shown_table],
    )


# ── parameters ────────────────────────────────────────────────────────────────────────────────────


def three_layers(channels, side, filters):
    """L.1 with two 5×5 convolutions that do not pad, one bias, and the linear layer."""
    first = 25 * channels * filters + filters
    return first + 25 * filters**2 + 10 * filters * (side - 8) ** 2


def five_layers():
    """L.2: three 3×3 convolutions to maps of 4×4, 128 hidden units, the logits; all biases."""
    convolutions = sum(9 * a * b + b for a, b in ((3, 32), (32, 64), (64, 64)))
    return convolutions + (64 * 16 + 1) * 128 + (128 + 1) * 10


def four_convolutions(side):
    """L.2 as it reads: four 3×3 convolutions of 32, 64, 64, 128 filters on a last map this wide."""
    shapes = ((3, 32), (32, 64), (64, 64), (64, 128))
    return sum(9 * a * b + b for a, b in shapes) + (128 * side**2 + 1) * 10


def _counts():
    ours = {
        "L.1.1": three_layers(3, 32, 24),
        "L.1.2": three_layers(1, 28, 34),
        "L.2": five_layers(),
    }
    agree = [f"{count:,}" == PARAMETERS[name] for name, count in ours.items()]
    literal = [four_convolutions(side) for side in range(1, 33)]
    missed = all(f"{count:,}" != PARAMETERS["L.2"] for count in literal)
    rows = [[name, PARAMETERS[name], count] for name, count in ours.items()]
    return (
        agree,
        table("Parameters", ["network", "printed", "of the shapes"], rows),
        holds(
            "another reading does not fit",
            expectation="four convolutions of 32, 64, 64, 128 filters on no map give L.2's count",
            observed=f"nearest {min(literal, key=lambda c: abs(c - 188_810)):,}",
            held=missed,
        ),
    )


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────


def through_chance(slope, intercept):
    """Whether slope and intercept, as printed, can be those of a line through (ln 10, ln 10)."""
    s, b = Printed.parse(slope), Printed.parse(intercept)
    return (1 - s.high) * CHANCE <= b.high + SAMPLING and b.low - SAMPLING <= (1 - s.low) * CHANCE


SAMPLING = 1e-3  # nats; the lines are fits, and scatter by 1e-3 and less as printed


def _intercepts():
    rows = [
        [line.figure, line.slope, line.intercept, f"{(1 - float(line.slope)) * CHANCE:+.4f}"]
        for line in LINES
    ]
    columns = ["figure", "slope", "intercept", "(1 − slope) ln 10"]
    return (
        [through_chance(line.slope, line.intercept) for line in LINES],
        table("Fitted lines, as printed", columns, rows),
        holds(
            "the audit can refuse",
            expectation="a line through (ln 100, ln 100) with the slope of Fig. 9 is refused",
            observed="0.8358 and 0.7562",
            held=not through_chance("0.8358", "0.7562"),
        ),
    )


def _slope_one():
    near = [abs(Printed.parse(line.slope).value - 1) < 0.1 for line in LINES]
    rows = [[line.figure, line.data, line.slope] for line in LINES]
    return (
        near,
        table("Fitted slopes, as printed", ["figure", "data", "slope"], rows),
        holds(
            "rounding does not decide",
            expectation="every slope farther from the limit than its last digit",
            observed=f"nearest {min(abs(abs(float(n.slope) - 1) - 0.1) for n in LINES):.3f}",
            held=min(abs(abs(float(n.slope) - 1) - 0.1) for n in LINES) > 1e-3,
        ),
    )


def _captions():
    pairs = {
        "data": (FIG_15.data, FIG_16.data),
        "network": (FIG_15.network, FIG_16.network),
        "RMSE": (FIG_15.rmse, FIG_16.rmse),
    }
    digits = [rmse.partition("e")[0] for rmse in (FIG_15.rmse, FIG_16.rmse)]
    others = np.array([line.rmse.partition("e")[0] not in digits for line in LINES[:2]])
    return (
        [one == other for one, other in pairs.values()],
        table("Captions", ["", "Fig. 15", "Fig. 16"], [[n, *pair] for n, pair in pairs.items()]),
        holds(
            "other captions do not share their digits",
            expectation="RMSEs of Figs 9 and 10 differ from each other and from these",
            observed=", ".join(line.rmse for line in LINES),
            held=bool(others.all()) and LINES[0].rmse != LINES[1].rmse,
        ),
    )


# ── sizes of nets and of sets ─────────────────────────────────────────────────────────────────────

FIG_1_SETS = (
    100,
    50_000,
)  # where the axis of Fig. 19, of the same nets, begins; the caption's most
MNIST_IMAGES, MNIST_PRINTED = MNIST.published.train, 50_000


def four_convolutions_of_sixteen(side):
    """Fig. 1's net: four 3×3 convolutions of 16 channels, a linear layer on a map this wide."""
    first = 9 * 3 * 16 + 16
    return first + 3 * (9 * 16 * 16 + 16) + (16 * side**2 + 1) * 10


def _fig_1():
    by_side = {side: four_convolutions_of_sixteen(side) for side in (1, 2, 4)}
    parameters = by_side[4]
    rows = [[f"last map {side} × {side}", count] for side, count in by_side.items()]
    return (
        [parameters > images for images in FIG_1_SETS],
        table("Parameters of Fig. 1's net", ["", "parameters"], rows),
        holds(
            "other strides do not decide it",
            expectation="with every last map the net has more than 100 and fewer than 50,000",
            observed=", ".join(f"{count:,}" for count in by_side.values()),
            held=all(FIG_1_SETS[0] < count < FIG_1_SETS[1] for count in by_side.values()),
        ),
    )


def _mnist():
    return (
        [MNIST_IMAGES == MNIST_PRINTED],
        table(
            "Training images of MNIST",
            ["", "images"],
            [["the data set", f"{MNIST_IMAGES:,}"], ["Fig. 20", f"{MNIST_PRINTED:,}"]],
        ),
        holds(
            "the number is that of another set",
            expectation="CIFAR-10, the paper's main data, has 50,000 training images",
            observed="50,000",
            held=CIFAR10.published.train == MNIST_PRINTED,
        ),
    )


AUDITS = {
    "fig-1": _fig_1,
    "mnist": _mnist,
    "counts": _counts,
    "intercepts": _intercepts,
    "slope-one": _slope_one,
    "captions": _captions,
}
