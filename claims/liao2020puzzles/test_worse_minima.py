"""Corrupted pretraining and large initial weights lead to worse minima (Figs 5–8, Appendix C).

At equal train loss and no training error, with test error E,

    corruption-hurts   slope of E over the share of labels redrawn in pretraining > 0,
    big-init-hurts     slope of E per doubling of the initial standard deviation σ > 0,

per seed, averaged over seeds. A trend says that E rises over all levels taken together: at the
smallest σ it need not. A net that misses its train loss, or has a training error, is no minimum as
good as the others and is left out; nearly all must be left.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean, page, paired_difference
from dltheory.verdicts import Claim, Criterion, levels_plot, shown, table

from .families import BY_KNOB, FULL_SEEDS, SEEDS, percent_name, pretrained
from .nets import NEARLY_ALL, dealt, nearly_all, nets, nets_table
from .paper import PAPER
from .recipes import (
    FAST_INIT,
    FAST_PRETRAINING,
    FIVE_FRACTIONS,
    FIVE_SIGMAS,
    FRACTIONS,
    FULL_INIT,
    FULL_PRETRAINING,
    PRETRAINING,
    SIGMAS,
    SMALL,
)
from .relations import known_slopes

CORRUPTION = Claim(
    paper=PAPER,
    row="corruption-hurts",
    locator="Appendix C, Figs 5 and 7",
    statement="The more corrupted the labels of pretraining, the worse the test error after it.",
    kind="trend",
    formula="slope of test error over the redrawn share of labels > 0, at equal train loss",
    estimand="mean over seeds of the least-squares slope from no redrawn labels to all",
    unit="test error (fraction) from 0 to 100 %",
    refuted_if="the slope is certainly smaller than the smallest effect, or negative",
)
INIT = Claim(
    paper=PAPER,
    row="big-init-hurts",
    locator="Appendix C, Figs 6 and 8",
    statement="The larger the initial weights, the worse the test error.",
    kind="trend",
    formula="slope of test error over log₂ σ > 0, at equal train loss",
    estimand="mean over seeds of the least-squares slope per doubling of σ",
    unit="test error (fraction) per doubling",
    refuted_if="the slope is certainly smaller than the smallest effect, or negative",
)

CLEAN = "pretrained on true labels"
CLEAN_PRETRAINING = {CLEAN: pretrained(SMALL, 0.0, PRETRAINING)}
WORLDS = {
    f"{data}-five": (FULL_PRETRAINING[f"{data}-five"], FULL_INIT[f"{data}-five-init"])
    for data in ("cifar10", "cifar100")
}


def form(name, world, effect, because, seeds, *others):
    """A trend over the levels of a family."""
    return Form(
        experiment=world.experiment(*others, seeds=seeds),
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            deviations=world.deviations,
        ),
        sentence=f"For {BY_KNOB[name]}, test error rises by at least {effect:g} "
        f"{'per doubling of σ' if 'init' in name else 'from none to all labels redrawn'}.",
        bearing="analogue" if seeds == SEEDS else "claim",
        regime=(NEARLY_ALL,),
    )


POINT = "one percentage point over the whole range is the least worth the word worse"
HALF = "half a point per doubling: what 24 seeds decide with power 0.8, by pilots"
THIRD = "0.3 points per doubling: one point over a tenfold σ"


@claim(
    CORRUPTION,
    fast=form("pretraining", FAST_PRETRAINING, 0.01, POINT, SEEDS, CLEAN_PRETRAINING),
    full={
        data: form(data, pretraining, 0.01, POINT, FULL_SEEDS)
        for data, (pretraining, _) in WORLDS.items()
    },
)
def test_more_corrupted_pretraining_leads_to_larger_test_error(measured, judge, tier, case_name):
    world = FAST_PRETRAINING if tier == "fast" else WORLDS[case_name][0]
    family = nets(measured, world.arms, classes=world.classes, folded=world.folded)
    levels = FRACTIONS if tier == "fast" else FIVE_FRACTIONS
    errors = _of_minima(family, world)

    judge(
        mean(known_slopes(errors, levels)),
        regime=[nearly_all(np.isfinite(errors))],
        controls=_placebo(measured, tier),
        mutants={"levels dealt at random": mean(known_slopes(dealt(errors), levels))},
        plots=[_plot(family, "share of labels redrawn", levels)],
        tables=[_page(family), nets_table(family, target=world.target)],
    )


@claim(
    INIT,
    fast=form("init", FAST_INIT, 0.005, HALF, SEEDS),
    full={
        data: form(f"{data}-init", init, 0.003, THIRD, FULL_SEEDS)
        for data, (_, init) in WORLDS.items()
    },
)
def test_larger_initial_weights_lead_to_larger_test_error(measured, judge, tier, case_name):
    world = FAST_INIT if tier == "fast" else WORLDS[case_name][1]
    family = nets(measured, world.arms, classes=world.classes, folded=world.folded)
    levels = SIGMAS if tier == "fast" else FIVE_SIGMAS
    errors = _of_minima(family, world)

    judge(
        mean(known_slopes(errors, np.log2(levels))),
        regime=[nearly_all(np.isfinite(errors))],
        controls=[
            shown(
                "the initial scale is still seen at the end: the norm product is larger",
                paired_difference(family.log_norm[:, -1], family.log_norm[:, 0]),
                when_failed="confounded",
            )
        ],
        mutants={"levels dealt at random": mean(known_slopes(dealt(errors), np.log2(levels)))},
        plots=[_plot(family, "σ", levels, x_log=True)],
        tables=[_page(family), nets_table(family, target=world.target)],
    )


def _of_minima(family, world):
    """Test errors of the nets that are minima as good as the others, NaN for the rest."""
    return family.where(family.reached(world)).error


def _placebo(measured, tier):
    """It is the wrong labels that hurt, not that there was a training before."""
    if tier != "fast":
        return []
    accuracy = measured("accuracy on test", worst=0.0)
    moved = paired_difference(accuracy[CLEAN], accuracy[percent_name(0.0)])
    return [
        shown(
            "pretraining on true labels moves test error by less than a point",
            equivalence(moved, margin=0.01),
            when_failed="confounded",
        )
    ]


def _plot(family, axis, levels, *, x_log=False):
    seeds = range(len(family.error))
    title = f"test error by {axis}"
    return levels_plot(title, "test error", axis, levels, family.error, seeds=seeds, x_log=x_log)


def _page(family):
    steps = np.diff(family.error.mean(axis=0))
    names = [f"{a} → {b}" for a, b in zip(family.names, family.names[1:], strict=False)]
    caption = f"Steps of the mean test error; Page's L: p = {page(family.error):.2g}"
    return table(caption, ["step", "change"], zip(names, steps, strict=True))
