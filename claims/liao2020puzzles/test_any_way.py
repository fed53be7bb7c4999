"""The relation of normalised losses does not depend on how the minima were made (Figs 9–12).

Three things are varied, and slopes of normalised test over train loss compared, seed by seed:

    any-norm   the layers' L1 norms over a unit instead of their Frobenius norms,
    any-init   minima by initial scale σ instead of pretraining on corrupted labels,
    any-loss   training stopped at a larger loss.

Each is an equivalence within ±0.05. None of them can fail where all nets have nearly the same
ratio r of test to train margin, which is then the slope whatever divides the outputs: norm
products dealt out at random among the nets pass as well.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, paired_difference
from dltheory.verdicts import Bearing, Claim, Criterion, scatter_plot, shown, table

from .families import BY_KNOB, FITS, FULL_SEEDS, SEEDS, l1
from .fitted_lines import FIG_9, FIG_10
from .nets import fits, nets, nets_table
from .paper import PAPER
from .recipes import (
    BY_CORRUPTION_EARLIER,
    CIFAR_MATCHED,
    FAST_INIT,
    FAST_PRETRAINING,
    FULL_INIT,
    FULL_PRETRAINING,
)
from .relations import by_net, lines, margins_alone

WITHIN = 0.05
ESTIMAND = "0.05 − |mean over seeds of the difference of slopes|, paired by seed"


def asserted(row, locator, statement):
    """One of the three invariances."""
    return Claim(
        paper=PAPER,
        row=row,
        locator=locator,
        statement=statement,
        kind="equivalence",
        formula="|slope of one way − slope of the other| < 0.05",
        estimand=ESTIMAND,
        unit="slope",
        refuted_if="the slopes certainly differ by more than 0.05",
    )


ANY_NORM = asserted(
    "any-norm", "§2, Fig. 9", "L1 norms of layers give the same line as Frobenius norms."
)
ANY_INIT = asserted(
    "any-init",
    "Appendix D, Figs 11 and 12",
    "Large initial weights and corrupted pretraining give the same line.",
)
ANY_LOSS = asserted(
    "any-loss", "Appendix D, Fig. 10", "The line does not depend on the train loss reached."
)
EMPTY = "norm products dealt out at random among the nets give slopes as equal"


def form(experiment, deviations, sentence, bearing: Bearing = "claim"):
    """An equivalence that is known to be empty: it is algebra, where outputs are small."""
    return Form(
        experiment=experiment,
        criterion=Criterion(
            power_at=WITHIN,
            because=f"a third of the distance of the printed slope 0.836 from one; {EMPTY}",
            deviations=deviations,
        ),
        sentence=sentence,
        bearing=bearing,
        regime=(FITS,),
    )


SMALL_UNIT, PAPERS_UNIT = 10.0, 100.0
UNIT = "L1 norms over 10, not 100: norms of these small layers are as much smaller"


@claim(
    ANY_NORM,
    fast=form(
        FAST_PRETRAINING.experiment(seeds=SEEDS, measure=l1(SMALL_UNIT)),
        (*FAST_PRETRAINING.deviations, UNIT),
        f"For {BY_KNOB['pretraining']}, L1 and Frobenius norms give slopes within 0.05.",
        "analogue",
    ),
    full=form(
        FULL_PRETRAINING["cifar10"].experiment(seeds=FULL_SEEDS, measure=l1(PAPERS_UNIT)),
        FULL_PRETRAINING["cifar10"].deviations,
        f"For {BY_KNOB['cifar10']}, L1 and Frobenius norms give slopes within 0.05.",
    ),
)
def test_l1_norms_give_the_same_line(measured, judge, tier):
    world = FAST_PRETRAINING if tier == "fast" else FULL_PRETRAINING["cifar10"]
    unit = SMALL_UNIT if tier == "fast" else PAPERS_UNIT
    family = nets(measured, world.arms)
    train, test = (
        by_net(
            measured(f"normalised loss on {on} (p=1.0, unit={unit})", worst=np.log(10)), world.arms
        )
        for on in ("train", "test")
    )

    _judge(
        judge,
        {"Frobenius": (family.train, family.test), "L1": (train, test)},
        {"Frobenius": family, "L1": family},
        {FIG_9.figure: FIG_9.drawn, FIG_10.figure: FIG_10.drawn},
    )


@claim(
    ANY_INIT,
    fast=form(
        FAST_PRETRAINING.experiment(FAST_INIT.arms, seeds=SEEDS),
        FAST_INIT.deviations,
        "For nets of 3,104 parameters on 500 digits, minima from initial scales and from corrupted "
        "pretraining give slopes within 0.05.",
        "analogue",
    ),
    full={
        data: form(
            FULL_PRETRAINING[f"{data}-five"].experiment(
                FULL_INIT[f"{data}-five-init"].arms, seeds=FULL_SEEDS
            ),
            FULL_INIT[f"{data}-five-init"].deviations,
            f"For five-layer nets on {data}, minima from initial scales and from corrupted "
            "pretraining give slopes within 0.05.",
        )
        for data in ("cifar10", "cifar100")
    },
)
def test_both_ways_to_make_minima_give_the_same_line(measured, judge, tier, case_name):
    pair = (FAST_PRETRAINING, FAST_INIT)
    if tier == "full":
        pair = (FULL_PRETRAINING[f"{case_name}-five"], FULL_INIT[f"{case_name}-five-init"])
    families = {
        name: nets(measured, world.arms, classes=world.classes, folded=world.folded)
        for name, world in zip(("pretraining", "initial scale"), pair, strict=True)
    }

    _judge(judge, {name: (f.train, f.test) for name, f in families.items()}, families)


@claim(
    ANY_LOSS,
    fast=form(
        FAST_PRETRAINING.experiment(BY_CORRUPTION_EARLIER, seeds=SEEDS),
        (*FAST_PRETRAINING.deviations, "losses of 0.01 and 0.001; at 0.01 some nets err once"),
        f"For {BY_KNOB['pretraining']}, nets stopped at train losses of 0.01 and 0.001 give slopes "
        "within 0.05.",
        "analogue",
    ),
    full=form(
        FULL_PRETRAINING["cifar10"].experiment(CIFAR_MATCHED, seeds=FULL_SEEDS),
        FULL_PRETRAINING["cifar10"].deviations,
        f"For {BY_KNOB['cifar10']}, nets stopped at a train loss of 0.0044 and trained to the end "
        "give slopes within 0.05.",
    ),
)
def test_nets_stopped_at_another_loss_give_the_same_line(measured, judge, tier):
    later = FAST_PRETRAINING if tier == "fast" else FULL_PRETRAINING["cifar10"]
    earlier = BY_CORRUPTION_EARLIER if tier == "fast" else CIFAR_MATCHED
    families = {"later": nets(measured, later.arms), "earlier": nets(measured, earlier)}

    _judge(judge, {name: (f.train, f.test) for name, f in families.items()}, families)


def _judge(judge, losses, families, printed=None):
    """Both slopes, and the slopes of the same nets divided by random numbers."""
    slopes = {name: lines(*pair)[0] for name, pair in losses.items()}
    null = {
        name: lines(*margins_alone(f.train_margin, f.test_margin, f.log_norm, f.classes))[0]
        for name, f in families.items()
    }
    one, other = losses
    trained = families[other]
    raw = lines(trained.raw_train, trained.raw_test)[0]
    drawn = {f"fitted, {n}": _line(*pair) for n, pair in losses.items()}
    judge(
        _same(slopes[one], slopes[other]),
        regime=[fits(trained)],
        controls=[
            shown(
                f"slopes of nets divided by random numbers differ ({_apart(null, slopes)})",
                mean(np.max([abs(null[n] - slopes[n]) for n in losses], axis=0)),
                above=WITHIN,
                when_failed="vacuous",
            )
        ],
        mutants={"one of them as trained": _same(slopes[one], raw)},
        plots=[
            scatter_plot(
                "normalised losses",
                "test loss",
                "train loss",
                losses,
                lines={**drawn, **{f"printed in {n}": line for n, line in (printed or {}).items()}},
            )
        ],
        tables=[
            table(
                "Slopes, means over seeds",
                ["nets", "slope", "divided by random numbers"],
                [[n, slopes[n].mean(), null[n].mean()] for n in losses],
            ),
            *(nets_table(family) for family in _distinct(families)),
        ],
    )


def _same(a, b):
    return equivalence(paired_difference(a, b), margin=WITHIN)


def _apart(null, slopes):
    return ", ".join(f"{null[n].mean() - slopes[n].mean():+.3f} ({n})" for n in slopes)


def _line(train, test):
    slope, intercept, _ = lines(train, test)
    return float(slope.mean()), float(intercept.mean())


def _distinct(families):
    return list({id(f): f for f in families.values()}.values())
