"""Without normalisation the train loss says nothing of the test loss (Figs 2a, 10).

Over nets of one architecture that end at different train losses, at most a few thousandths,

    |Spearman's ρ( L_train(F), L_test(F) )| < 1/2,

per seed, averaged over seeds. The same nets after normalisation are the control: there a relation
is to be seen. What the train loss can say here depends on when the nets were stopped.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean
from dltheory.verdicts import Claim, Criterion, scatter_plot, shown

from .families import BY_KNOB, FITS, FULL_SEEDS, SEEDS
from .nets import fits, nets, nets_table
from .paper import PAPER
from .recipes import BY_CORRUPTION_EARLIER, FAST_PRETRAINING, FULL_INIT, FULL_PRETRAINING
from .relations import rank_correlations

CLAIM = Claim(
    paper=PAPER,
    row="unnormalised-unrelated",
    locator="§1, Figs 2a and 10",
    statement="Without normalisation the train loss says nothing of the test loss.",
    kind="equivalence",
    formula="|Spearman's ρ of train and test loss over nets| < 1/2",
    estimand="1/2 − |mean over seeds of the rank correlation over nets|",
    unit="rank correlation",
    refuted_if="the rank correlation is certainly 1/2 or more in size",
)
NO_RELATION = 0.5
REASON = "ρ = 1/2, a quarter of the variance of ranks, is the least called a relation"

FAST = Form(
    experiment=FAST_PRETRAINING.experiment(BY_CORRUPTION_EARLIER, seeds=SEEDS),
    criterion=Criterion(
        power_at=NO_RELATION,
        because=REASON,
        deviations=(
            *FAST_PRETRAINING.deviations,
            "train losses differ because training stops at 0.01 or 0.001, not by its own course",
        ),
    ),
    sentence=f"For {BY_KNOB['pretraining']} and two train losses, train loss as trained has a rank "
    "correlation with test loss below 1/2 in size.",
    bearing="analogue",
    regime=(FITS,),
)
WORLDS = {
    "cifar10-pretraining": FULL_PRETRAINING["cifar10"],
    "cifar10-init": FULL_INIT["cifar10-init"],
}


@claim(
    CLAIM,
    fast=FAST,
    full={
        name: Form(
            experiment=world.experiment(seeds=FULL_SEEDS),
            criterion=Criterion(
                power_at=NO_RELATION,
                because=REASON,
                deviations=world.deviations,
            ),
            sentence=f"For {BY_KNOB[name.removesuffix('-pretraining')]}, train loss as trained has "
            "a rank correlation with test loss below 1/2 in size.",
            regime=(FITS,),
        )
        for name, world in WORLDS.items()
    },
)
def test_without_normalisation_train_loss_says_nothing_of_test_loss(
    measured, judge, tier, case_name
):
    small = [*FAST_PRETRAINING.arms, *BY_CORRUPTION_EARLIER]
    family = nets(measured, small if tier == "fast" else list(WORLDS[case_name].arms))
    raw = rank_correlations(family.raw_train, family.raw_test)
    normalised = rank_correlations(family.train, family.test)

    judge(
        equivalence(mean(raw), margin=NO_RELATION),
        regime=[fits(family)],
        controls=[
            shown(
                "after normalisation a relation is seen",
                mean(normalised),
                above=NO_RELATION,
            )
        ],
        mutants={"normalised losses": equivalence(mean(normalised), margin=NO_RELATION)},
        plots=[
            scatter_plot(
                "losses as trained",
                "test loss",
                "train loss",
                {
                    name: (family.raw_train[:, i], family.raw_test[:, i])
                    for i, name in enumerate(family.names)
                },
                x_log=True,
            )
        ],
        tables=[nets_table(family)],
    )
