"""Trained networks have a lower effective rank than the same networks had at first (§5, Fig. 2).

    E[ mean over layers of log r_l(initial) − log r_l(trained) ] > 0

with r_l on maps of the layer's true size. Fig. 2 draws initialisations as dots above the rest.

A few large entries lower an effective rank as well. The control deals each trained layer's entries
anew among its places: if the low rank were due to their sizes alone, shuffling would keep it.
"""

import numpy as np

from dltheory.experiments import quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean
from dltheory.verdicts import Claim, Criterion, shown, table

from .paper import PAPER
from .rank_pictures import ranks_plot
from .rank_recipes import PUBLISHED, SMALL_WORLD, stages
from .rank_worlds import AS_TRAINED, INITIAL_RANKS, RANKS, SHUFFLED_RANKS

CLAIM = Claim(
    paper=PAPER,
    row="rank-at-init",
    locator="§5, Fig. 2",
    statement="Training lowers the effective rank of a network's layers.",
    kind="superiority",
    formula="E[mean over layers of log r(initial) − log r(trained)] > 0",
    estimand="mean over seeds of the mean over layers of the log ratio",
    unit="log ratio of effective ranks",
    refuted_if="the ranks fall by certainly less than the smallest effect, or rise",
)

CASES = {
    "fast": {stage: (SMALL_WORLD, stage) for stage in ("natural", "adversarial")},
    "full": stages("natural", "adversarial", worlds=PUBLISHED),
}


LEARNT = "training reaches a test accuracy above 0.4"
ACCURACY = quantity("accuracy", on="test")


def form(world, stage):
    """One training, seen before its first and after its last step."""
    return Form(
        sentence=f"{stage.capitalize()} training of {world.network} lowers the effective rank of "
        "its layers by at least 1 %, as a geometric mean over layers.",
        bearing=world.bearing,
        regime=(LEARNT,),
        experiment=world.experiment(
            {AS_TRAINED: world.base[stage]}, RANKS, INITIAL_RANKS, SHUFFLED_RANKS, ACCURACY
        ),
        criterion=Criterion(
            smallest_effect=0.01,
            because="1 %: a tenth of what RankMin does to these ranks on pilot seeds",
            deviations=world.deviations,
        ),
    )


FORMS = {tier: {name: form(*case) for name, case in cases.items()} for tier, cases in CASES.items()}


@claim(CLAIM, **FORMS)
def test_trained_networks_have_a_lower_rank_than_at_initialisation(measured, judge, case_name):
    quantities = (RANKS, INITIAL_RANKS, SHUFFLED_RANKS)
    trained, initial, shuffled = (measured(q.name)[AS_TRAINED] for q in quantities)
    fall = (np.log(initial) - np.log(trained)).mean(axis=1)
    lots = np.random.default_rng(0).choice([-1.0, 1.0], size=len(fall))
    structure = (np.log(shuffled) - np.log(trained)).mean(axis=1)

    judge(
        mean(fall),
        controls=[
            shown(
                "shuffling the trained entries takes the low rank away",
                mean(structure),
                when_failed="confounded",
            )
        ],
        regime=[shown(LEARNT, mean(measured(ACCURACY.name)[AS_TRAINED]), above=0.4)],
        mutants={"a lot decides which of two networks is the trained one": mean(fall * lots)},
        plots=[
            ranks_plot(
                f"effective rank by layer, {case_name}",
                {"at initialisation": initial, "trained": trained, "entries shuffled": shuffled},
            )
        ],
        tables=[_table(initial, trained, shuffled)],
    )


def _table(initial, trained, shuffled):
    rows = [
        [layer, *(values[:, layer].mean() for values in (initial, trained, shuffled))]
        for layer in range(initial.shape[1])
    ]
    return table("Mean effective rank", ["layer", "initial", "trained", "shuffled"], rows)
