"""Without normalisation the train loss says nothing of the test loss (Figs 2a, 10).

Over nets of one architecture that are trained for as many epochs, and end at different train losses
by their own course,

    |Spearman's ρ( L_train(F), L_test(F) )| < 1/2,

averaged over seeds: over all levels of corrupted pretraining, or of σ, and within each level, where
nets differ by their seed alone. Over all levels a relation can be that of the knob to both losses.
The same nets after normalisation are the control: there a relation is to be seen.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, mean
from dltheory.verdicts import Claim, Criterion, scatter_plot, shown

from .families import BY_KNOB, FITS, FULL_SEEDS, SEEDS, World
from .nets import fits, nets, nets_table
from .paper import PAPER
from .recipes import BY_CORRUPTION_TO_THE_END, FULL_INIT, FULL_PRETRAINING, SMALL_WORLD
from .relations import rank_correlations, rank_correlations_within
from .test_ranking import WITHIN

CLAIM = Claim(
    paper=PAPER,
    row="unnormalised-unrelated",
    locator="§1, Figs 2a and 10",
    statement="Without normalisation there is no clear relation between train and test loss.",
    kind="equivalence",
    formula="|Spearman's ρ of train and test loss over nets| < 1/2",
    estimand="1/2 − |mean over seeds of the rank correlation over nets|",
    unit="rank correlation",
    refuted_if="the rank correlation is certainly 1/2 or more in size",
)
NO_RELATION = 0.5
REASON = "ρ = 1/2, a quarter of the variance of ranks, is the least called a relation"
FOR_SIXTY_EPOCHS = World(
    BY_CORRUPTION_TO_THE_END, (*SMALL_WORLD[1:], "3,104 parameters on 500 digits for 60 epochs")
)
WORLDS = {
    "fast": {"pretraining": FOR_SIXTY_EPOCHS},
    "full": {
        "cifar10-pretraining": FULL_PRETRAINING["cifar10"],
        "cifar10-init": FULL_INIT["cifar10-init"],
    },
}


def form(tier, name, within):
    """One family, over all its levels or within each."""
    world = WORLDS[tier][name]
    nets_ = BY_KNOB[name.removesuffix("-pretraining")]
    among = " of one level among themselves" if within else ""
    return Form(
        experiment=world.experiment(seeds=SEEDS if tier == "fast" else FULL_SEEDS),
        criterion=Criterion(power_at=NO_RELATION, because=REASON, deviations=world.deviations),
        sentence=f"For {nets_}, trained for one number of epochs, train loss as trained has a rank "
        f"correlation with test loss below 1/2 in size{among}.",
        bearing="analogue" if tier == "fast" else "claim",
        regime=(FITS,),
    )


@claim(
    CLAIM,
    **{
        tier: {
            f"{name}{within}": form(tier, name, bool(within))
            for name in worlds
            for within in ("", WITHIN)
        }
        for tier, worlds in WORLDS.items()
    },
)
def test_without_normalisation_train_loss_says_nothing_of_test_loss(
    measured, judge, tier, case_name
):
    family = nets(measured, list(WORLDS[tier][case_name.removesuffix(WITHIN)].arms))
    correlations = rank_correlations_within if case_name.endswith(WITHIN) else rank_correlations
    raw = correlations(family.raw_train, family.raw_test)
    normalised = correlations(family.train, family.test)

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
