"""What is measured on the training set ranks nets by test error (Figs 4, 11–14, App. E and J).

Over nets of one architecture with equal train loss and no training error, Spearman's ρ of

    train-predicts-test-error   the normalised train loss and test error,
    norm-product-test           the product of layer norms and test loss, and test error,
    inverse-margin              1/η and test error, η the smallest normalised training margin,

averaged over seeds. The three see one thing. At equal train loss the margins of F hardly differ,
so margins of F/ρ, and the loss L = ln C − m with them, are ranked by ρ. The first claim is held
against that: a mean margin ranks as well as the loss does. The other two are about norms and
margins, and stand on their own.
"""

import math
from typing import Any

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference, weakest
from dltheory.verdicts import Claim, Criterion, holds, scatter_plot, shown, table

from .families import BY_KNOB, FITS, FULL_SEEDS, SEEDS, World
from .nets import dealt, fits, nets, nets_table
from .paper import PAPER
from .recipes import CIFAR_MATCHED, CODE, FAST, FULL_INIT, FULL_PRETRAINING
from .relations import rank_correlations

FULL = {
    "cifar10-matched": World(CIFAR_MATCHED, CODE, target=0.0044),
    "cifar10-five": FULL_PRETRAINING["cifar10-five"],
    "cifar10-five-init": FULL_INIT["cifar10-five-init"],
    "cifar100-five": FULL_PRETRAINING["cifar100-five"],
    "cifar100-five-init": FULL_INIT["cifar100-five-init"],
    "cifar10-init": FULL_INIT["cifar10-init"],
}


def asserted(row, locator, statement, formula):
    """A correlation over nets, one a seed."""
    return Claim(
        paper=PAPER,
        row=row,
        locator=locator,
        statement=statement,
        kind="correlation",
        quantifier="every",
        formula=formula,
        estimand="mean over seeds of Spearman's rank correlation over the nets of a family",
        unit="rank correlation",
        refuted_if="the rank correlation is certainly smaller than the smallest effect",
    )


LOSS = asserted(
    "train-predicts-test-error",
    "§1, Figs 4b and 14",
    "Normalised train loss ranks nets by their test error.",
    "ρ( L_train(F̃), test error ) > 0",
)
NORMS = asserted(
    "norm-product-test",
    "§3, Figs 4, 11–13, Appendix E",
    "At equal train loss nets of larger norm product have larger test loss and error.",
    "ρ( Π‖W_l‖, test loss ) > 0 and ρ( Π‖W_l‖, test error ) > 0",
)
MARGIN = asserted(
    "inverse-margin",
    "Appendix J",
    "Test error grows with the inverse of the normalised training margin.",
    "ρ( 1/η, test error ) > 0",
)


def open_question(reason: str) -> dict[str, Any]:
    """What the small nets of the largest scales leave open."""
    return {"expected": "INCONCLUSIVE", "expected_reason": reason} if reason else {}


def forms(says, init_open=""):
    """Every family, small and full."""
    return {
        tier: {
            name: Form(
                experiment=world.experiment(seeds=seeds),
                criterion=Criterion(
                    smallest_effect=0.35,
                    because="ρ = 0.35: less would not help to choose between nets, and 24 seeds "
                    "decide it with power 0.8, by pilots",
                    deviations=world.deviations,
                    **(open_question(init_open) if (tier, name) == ("fast", "init") else {}),
                ),
                sentence=f"For {BY_KNOB[name]}, {says} (ρ at least 0.35).",
                bearing="analogue" if tier == "fast" else "claim",
                regime=(FITS,),
            )
            for name, world in worlds.items()
        }
        for tier, worlds, seeds in (("fast", FAST, SEEDS), ("full", FULL, FULL_SEEDS))
    }


@claim(LOSS, **forms("normalised train loss ranks the nets by test error"))
def test_normalised_train_loss_ranks_nets_by_test_error(measured, judge, tier, case_name):
    family, world = _nets(measured, tier, case_name)
    loss = rank_correlations(family.train, family.error)
    margin = rank_correlations(-_margins(family), family.error)
    raw = rank_correlations(family.raw_train, family.error)

    judge(
        mean(loss),
        regime=[fits(family)],
        controls=[
            shown(
                "the loss ranks better than the mean margin alone",
                mean(loss - margin),
                above=0.01,
                when_failed="vacuous",
            ),
            _knob(family, loss),
            shown(
                "it ranks better than the loss as trained",
                paired_difference(loss, raw),
                when_failed="vacuous",
            ),
        ],
        mutants=_others(family, family.train),
        plots=[_plot(family, family.train, "normalised train loss")],
        tables=[_correlations(family), nets_table(family, target=world.target)],
    )


@claim(
    NORMS,
    **forms(
        "the product of layer norms ranks the nets by test loss and by test error",
        init_open="a net of the largest scales misses the loss, so that losses are not matched",
    ),
)
def test_a_larger_norm_product_goes_with_larger_test_loss_and_error(
    measured, judge, tier, case_name
):
    family, world = _nets(measured, tier, case_name)

    judge(
        weakest(
            mean(rank_correlations(family.log_norm, family.raw_test)),
            mean(rank_correlations(family.log_norm, family.error)),
        ),
        regime=[fits(family)],
        controls=[
            _matched(family, world.target),
            _knob(family, rank_correlations(family.log_norm, family.error)),
        ],
        mutants=_others(family, family.log_norm),
        plots=[_plot(family, np.exp(family.log_norm), "product of norms", x_log=True)],
        tables=[_correlations(family), nets_table(family, target=world.target)],
    )


@claim(
    MARGIN,
    **forms(
        "the inverse margin ranks the nets by test error",
        init_open="a net of the largest scales errs on its training set and has no margin",
    ),
)
def test_test_error_grows_with_the_inverse_margin(measured, judge, tier, case_name):
    family, world = _nets(measured, tier, case_name)

    judge(
        mean(rank_correlations(-family.smallest_margin, family.error)),
        regime=[fits(family)],
        controls=[
            _separated(family),
            _knob(family, rank_correlations(-family.smallest_margin, family.error)),
        ],
        mutants=_others(family, -family.smallest_margin),
        plots=[_plot(family, family.smallest_margin, "smallest normalised margin η")],
        tables=[_correlations(family), nets_table(family, target=world.target)],
    )


def _nets(measured, tier, name):
    world = (FAST if tier == "fast" else FULL)[name]
    return nets(measured, world.arms, classes=world.classes, folded=world.folded), world


def _margins(family):
    return family.train_margin / np.exp(family.log_norm)


def _knob(family, found):
    """What made the nets differ, in the order of its levels, is a null model of any ranking."""
    levels = np.broadcast_to(np.arange(family.error.shape[1]), family.error.shape)
    return shown(
        "it ranks better than what the nets were made to differ by",
        paired_difference(found, rank_correlations(levels, family.error)),
        when_failed="vacuous",
    )


def _others(family, x):
    """Test errors of other nets of the seed."""
    return {"test errors dealt out at random": mean(rank_correlations(x, dealt(family.error)))}


def _matched(family, target):
    """Zero training error everywhere, and train losses of one order of magnitude.

    Of nets that were trained to no loss in particular (Fig. 4), the error alone is asked.
    """
    lowest, highest = family.raw_train.min(), family.raw_train.max()
    wrong = (family.train_error > 0).sum()
    least = target / 10 if math.isfinite(target) else 0.0
    return holds(
        "train losses are matched",
        expectation=f"no training error and losses from {least:.2g} to {target:.2g}",
        observed=f"losses from {lowest:.2g} to {highest:.2g}, {wrong} nets with errors",
        held=wrong == 0 and least <= lowest and highest <= target,
        when_failed="confounded",
    )


def _separated(family):
    positive = (family.smallest_margin > 0).mean()
    return holds(
        "the margins are margins",
        expectation="a positive smallest margin for every net and seed",
        observed=f"{100 * positive:.0f} % of them positive",
        held=positive == 1,
    )


def _plot(family, x, axis, *, x_log=False):
    groups = {n: (x[:, i], family.error[:, i]) for i, n in enumerate(family.names)}
    return scatter_plot(f"test error over {axis}", "test error", axis, groups, x_log=x_log)


def _correlations(family):
    predictors = {
        "normalised train loss": family.train,
        "−(mean normalised margin)": -_margins(family),
        "−(mean margin as trained)": -family.train_margin,
        "train loss as trained": family.raw_train,
        "product of norms": family.log_norm,
        "1/η": -family.smallest_margin,
    }
    rows = [
        [
            name,
            rank_correlations(x, family.error).mean(),
            rank_correlations(x, family.raw_test).mean(),
            rank_correlations(x, family.test).mean(),
        ]
        for name, x in predictors.items()
    ]
    columns = ["on the training set", "test error", "test loss", "normalised test loss"]
    return table("Spearman's ρ over nets, means over seeds", columns, rows)
