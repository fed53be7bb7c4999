"""What is measured on the training set ranks nets by test error (Figs 4, 11–14, App. E and J).

Over nets of one architecture with equal train loss and no training error, Spearman's ρ of

    train-predicts-test-error   the normalised train loss and test error,
    norm-product-test           the product of layer norms and test loss, and test error,
    inverse-margin              1/η and test error, η the smallest normalised training margin,

averaged over seeds. The three see one thing. At equal train loss the margins of F hardly differ,
so margins of F/ρ, and the loss L = ln C − m with them, are ranked by ρ.

Nets of a family differ by one knob, σ or the share of corrupted labels. Over all of them a ranking
by ρ is that by the knob, which ranks as well without any training: such a form is *vacuous*. What
the paper says of any two minima (§3, Appendix E) shows where the knob stands still: the forms
“within” rank nets that differ by their seed alone, at each level of the knob by itself.

A net that misses its train loss, or has a training error, is no minimum as good as the others. It
is left out, and the others are compared.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import MeanEvidence, mean, paired_difference, weakest
from dltheory.verdicts import Bearing, Claim, Criterion, scatter_plot, shown, table

from .families import BY_KNOB, FITS, FULL_SEEDS, SEEDS, World
from .nets import (
    NEARLY_ALL,
    Nets,
    dealt,
    dealt_among_seeds,
    fits,
    nearly_all,
    nets,
    nets_table,
)
from .paper import PAPER
from .recipes import CIFAR_MATCHED, CODE, FAST, FULL_INIT, FULL_PRETRAINING
from .relations import Matrix, rank_correlations, rank_correlations_within

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
    "Normalised train loss approximately ranks nets by their test error.",
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
    "Test error grows with the inverse of the normalised training margin, in data that the authors "
    "call not very convincing.",
    "ρ( 1/η, test error ) > 0",
)


WITHIN = "-within"
LEAST, LEAST_WITHIN = 0.35, 0.55
UNRANKED: dict[str, Any] = {
    "expected": "REFUTED",
    "expected_reason": "nets of one level are not ranked by it on pilots: what ranked them was the "
    "knob",
}
UNKNOWN: dict[str, Any] = {
    "expected": "INCONCLUSIVE",
    "expected_reason": "five seeds a level are few, and in the small world nets of one level are "
    "not ranked",
}


def form(tier, case, world, says):
    """One ranking of one family: over all its levels, or within each."""
    name = case.removesuffix(WITHIN)
    within = case.endswith(WITHIN)
    bearing: Bearing = "analogue" if tier == "fast" else "claim"
    least = LEAST_WITHIN if within else LEAST
    among = "of one level among themselves " if within else ""
    return Form(
        experiment=world.experiment(seeds=SEEDS if tier == "fast" else FULL_SEEDS),
        criterion=Criterion(
            smallest_effect=least,
            because=f"ρ = {least:g}: less would not help to choose between nets, and 24 seeds "
            "decide it with power 0.8, by pilots",
            deviations=world.deviations,
            **((UNRANKED if tier == "fast" else UNKNOWN) if within else {}),
        ),
        sentence=f"For {BY_KNOB[name]}, {says.format(among)} (ρ at least {least:g}).",
        bearing=bearing,
        regime=(FITS, NEARLY_ALL),
    )


def forms(says):
    """Every family, small and full, over all levels and within each."""
    return {
        tier: {
            f"{name}{within}": form(tier, f"{name}{within}", world, says)
            for name, world in worlds.items()
            for within in ("", WITHIN)
        }
        for tier, worlds in (("fast", FAST), ("full", FULL))
    }


class Ranked(NamedTuple):
    """The nets of a form: all of them, those that are compared, and how they are ranked."""

    family: Nets
    compared: Nets
    target: float
    by: Callable[[Matrix, Matrix], Matrix]
    within: bool

    def ranks(self, x: Matrix, y: Matrix) -> MeanEvidence:
        """The correlation that this form is about.

        Ranks of k nets that change by one swap of neighbours change ρ by 12/(k³ − k).
        """
        count = x.shape[1]
        return mean(self.by(x, y), step=None if self.within else 12 / (count**3 - count))

    def controls(self, found: Matrix, outcome: Matrix):
        """What made the nets differ is a null of a ranking; within a level, ranks can be seen."""
        nets_ = self.compared
        if self.within:
            return [
                shown(
                    "assay: within a level, normalised train loss ranks normalised test loss",
                    self.ranks(nets_.train, nets_.test),
                )
            ]
        levels = np.broadcast_to(np.arange(outcome.shape[1]), outcome.shape)
        return [
            shown(
                "it ranks better than what the nets were made to differ by",
                paired_difference(found, rank_correlations(levels, outcome)),
                when_failed="vacuous",
            )
        ]

    @property
    def regime(self):
        """Nets that fit, and nearly all of them as good minima as the others."""
        return [fits(self.family), nearly_all(np.isfinite(self.compared.error))]


@claim(LOSS, **forms("normalised train loss ranks the nets {}by test error"))
def test_normalised_train_loss_ranks_nets_by_test_error(measured, judge, tier, case_name):
    ranked = ranked_nets(measured, FAST if tier == "fast" else FULL, case_name)
    nets_ = ranked.compared
    loss = ranked.by(nets_.train, nets_.error)
    controls = [
        shown(
            "the loss ranks better than the mean margin alone",
            mean(loss - ranked.by(-_margins(nets_), nets_.error)),
            above=0.01,
            when_failed="vacuous",
        ),
        shown(
            "it ranks better than the loss as trained",
            paired_difference(loss, ranked.by(nets_.raw_train, nets_.error)),
            when_failed="vacuous",
        ),
    ]

    judge(
        ranked.ranks(nets_.train, nets_.error),
        regime=ranked.regime,
        controls=[*ranked.controls(loss, nets_.error), *([] if ranked.within else controls)],
        mutants=_others(ranked, nets_.train),
        plots=[_plot(ranked.family, ranked.family.train, "normalised train loss")],
        tables=ranking_tables(ranked),
    )


@claim(NORMS, **forms("the product of layer norms ranks the nets {}by test loss and by test error"))
def test_a_larger_norm_product_goes_with_larger_test_loss_and_error(
    measured, judge, tier, case_name
):
    ranked = ranked_nets(measured, FAST if tier == "fast" else FULL, case_name)
    nets_, product = ranked.compared, np.exp(ranked.family.log_norm)

    judge(
        weakest(
            ranked.ranks(nets_.log_norm, nets_.raw_test), ranked.ranks(nets_.log_norm, nets_.error)
        ),
        regime=ranked.regime,
        controls=ranked.controls(ranked.by(nets_.log_norm, nets_.error), nets_.error),
        mutants=_others(ranked, nets_.log_norm),
        plots=[_plot(ranked.family, product, "product of norms", x_log=True)],
        tables=ranking_tables(ranked),
    )


@claim(MARGIN, **forms("the inverse margin ranks the nets {}by test error"))
def test_test_error_grows_with_the_inverse_margin(measured, judge, tier, case_name):
    ranked = ranked_nets(measured, FAST if tier == "fast" else FULL, case_name)
    nets_ = ranked.compared
    found = ranked.by(-nets_.smallest_margin, nets_.error)

    judge(
        ranked.ranks(-nets_.smallest_margin, nets_.error),
        regime=ranked.regime,
        controls=ranked.controls(found, nets_.error),
        mutants=_others(ranked, -nets_.smallest_margin),
        plots=[_plot(ranked.family, ranked.family.smallest_margin, "smallest normalised margin η")],
        tables=ranking_tables(ranked),
    )


def ranked_nets(measured, worlds, case_name):
    """The nets of the world that a case is named after, and how it ranks them."""
    within = case_name.endswith(WITHIN)
    world = worlds[case_name.removesuffix(WITHIN)]
    family = nets(measured, world.arms, classes=world.classes, folded=world.folded)
    return Ranked(
        family,
        family.where(family.reached(world)),
        world.target,
        rank_correlations_within if within else rank_correlations,
        within,
    )


def _margins(family):
    return family.train_margin / np.exp(family.log_norm)


def _others(ranked, x):
    """Test errors of other nets: of the same seed, or of the same level."""
    deal = dealt_among_seeds if ranked.within else dealt
    return {"test errors dealt out at random": ranked.ranks(x, deal(ranked.compared.error))}


def _plot(family, x, axis, *, x_log=False):
    groups = {n: (x[:, i], family.error[:, i]) for i, n in enumerate(family.names)}
    return scatter_plot(f"test error over {axis}", "test error", axis, groups, x_log=x_log)


def ranking_tables(ranked):
    """The correlations of all predictors, over all levels and within each, and the nets."""
    family = ranked.compared
    predictors = {
        "normalised train loss": family.train,
        "−(mean normalised margin)": -_margins(family),
        "−(mean margin as trained)": -family.train_margin,
        "train loss as trained": family.raw_train,
        "product of norms": family.log_norm,
        "1/η": -family.smallest_margin,
    }
    outcomes = (family.error, family.raw_test, family.test)
    columns = ["on the training set", "test error", "test loss", "normalised test loss"]
    return [
        *(
            table(
                f"Spearman's ρ over nets {where}, means over seeds",
                columns,
                [[name, *(by(x, y).mean() for y in outcomes)] for name, x in predictors.items()],
            )
            for where, by in (
                ("of all levels", rank_correlations),
                ("of one level", rank_correlations_within),
            )
        ),
        nets_table(ranked.family, target=ranked.target),
    ]
