"""What normalised nets do in the course of training (§1, §2, §4).

    norms-grow          the product of layer norms ρ grows from each look t to the next, t′, on data
                        that are separated in the end: E[ min over t of log ρ(t′) − log ρ(t) ] > 0
    stop-by-normalised  stopped where the normalised train loss is smallest, a net has no larger
                        test error than stopped where the validation error is, up to three points
    better-monitor      and a smaller one than stopped where the train loss as trained is smallest

over seeds. Looks are after a doubling number of epochs. §4 recommends to monitor the normalised
loss and not the loss that is minimised. The validation error needs labels that are not trained on,
and is what one would stop by otherwise. All looks count, also early ones at which the data are not
yet separated: the recommendation speaks of the time of training and not of its end.
"""

import numpy as np

from claims.dealt import dealt
from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, opposite
from dltheory.training import LastEpoch, WeightDecay
from dltheory.verdicts import Claim, Criterion, lines_plot, shown, table

from .families import FULL_SEEDS, SEEDS, first_seed_of, sigma_name
from .paper import PAPER
from .recipes import ALL_EPOCHS, FIG_2_BY_SIGMA, SMALL_WORLD, UNPRINTED, few_cifar

LOOKS_AT = {"fast": (1, 2, 4, 8, 16, 32), "full": (1, 2, 4, 8, 16, 32, 64, 128)}
LAST = {"fast": 60, "full": 200}
NET, DECAYS = "as in the paper", "with weight decay"
TRAININGS = {
    "fast": ALL_EPOCHS,
    "full": FIG_2_BY_SIGMA[sigma_name(0.1)].but(data=few_cifar(45_000), stopping=LastEpoch()),
}
NETS = {
    "fast": "the net of 3,104 parameters on 500 digits",
    "full": "the net of Fig. 2 on CIFAR-10, σ = 0.1",
}
STOPPED_WITHIN = 0.03
SEPARATED = "the training images are classified without error in the end"

GROW = Claim(
    paper=PAPER,
    row="norms-grow",
    locator="§1, §2",
    statement="In gradient descent on separated data the product of norms grows all the time.",
    kind="monotone",
    formula="E[min over looks t of log ρ(t′) − log ρ(t)] > 0, t′ the next look",
    estimand="mean over seeds of the smallest growth of log ρ from one look to the next",
    unit="logarithm of a ratio",
    refuted_if="the smallest growth is certainly less than the smallest effect",
)
STOP = Claim(
    paper=PAPER,
    row="stop-by-normalised",
    locator="§4",
    statement="The normalised train loss tells when to stop.",
    kind="non-inferiority",
    formula="E[error(least normalised train loss) − error(least validation error)] ≤ 0.03",
    estimand="0.03 − mean over seeds of the difference of test errors at two looks of one training",
    unit="test error (fraction)",
    refuted_if="stopping by the normalised loss is certainly worse by more than 0.03",
)
BETTER = Claim(
    paper=PAPER,
    row="better-monitor",
    locator="§4",
    statement="It is better to monitor the normalised train loss than the one that is minimised.",
    kind="superiority",
    formula="E[error(least train loss) − error(least normalised train loss)] > 0",
    estimand="mean over seeds of the difference of test errors at two looks of one training",
    unit="test error (fraction)",
    refuted_if="stopping by the normalised loss is certainly no better, up to the smallest effect",
)


def at_looks(tier, probe, **options):
    """A quantity at each look, the last one at the end."""
    return [quantity(probe, at=at, **options) for at in (*LOOKS_AT[tier], None)]


def measured_of(tier):
    """All that the three claims need at each look."""
    return (
        *at_looks(tier, "log_norm_product"),
        *at_looks(tier, "loss"),
        *at_looks(tier, "normalised_loss"),
        *at_looks(tier, "accuracy", on="validation"),
        *at_looks(tier, "accuracy", on="test"),
        quantity("accuracy"),
    )


def form(tier, sentence, *, effect=0.0, power_at=None, because, **expected):
    """One training, looked at seven times, and one with weight decay."""
    training = TRAININGS[tier]
    arms = {NET: training, DECAYS: training.but(penalty=WeightDecay(coefficient=0.01))}
    seeds = SEEDS if tier == "fast" else FULL_SEEDS
    return Form(
        experiment=Experiment(
            arms=arms, seeds=seeds, first_seed=first_seed_of(seeds), measure=measured_of(tier)
        ),
        criterion=Criterion(
            smallest_effect=effect,
            power_at=power_at,
            because=because,
            deviations=SMALL_WORLD if tier == "fast" else (UNPRINTED,),
            **expected,
        ),
        sentence=f"For {NETS[tier]}, {sentence}",
        bearing="analogue" if tier == "fast" else "claim",
        regime=(SEPARATED,),
    )


def everywhere(sentence, **fields):
    """The form in both tiers."""
    return {tier: form(tier, sentence, **fields) for tier in LOOKS_AT}


def looks(measured, tier, probe, arm=NET, **options):
    """A quantity of one arm, seeds × looks."""
    return np.column_stack(
        [measured(one.name, worst=np.nan)[arm] for one in at_looks(tier, probe, **options)]
    )


def separated(measured):
    """Whether the net classifies its training images in the end."""
    error = 1 - measured("accuracy on train", worst=0.0)[NET]
    return shown(SEPARATED, mean(0.01 - error, step=1 / 500))


@claim(
    GROW,
    **everywhere(
        "the product of norms grows by at least a hundredth from each look to the next.",
        effect=float(np.log(1.01)),
        because="a hundredth between two looks, of which seven come to less than a tenth",
    ),
)
def test_norms_grow_all_the_time(measured, judge, tier):
    growth = np.diff(looks(measured, tier, "log_norm_product"), axis=1)
    decayed = np.diff(looks(measured, tier, "log_norm_product", DECAYS), axis=1)
    shuffled = np.diff(dealt(looks(measured, tier, "log_norm_product")), axis=1)

    judge(
        _all_grow(growth),
        regime=[separated(measured)],
        controls=[
            shown(
                "weight decay is seen to shrink them at the end",
                opposite(mean(decayed[:, -1])),
            )
        ],
        mutants={"looks dealt at random": _all_grow(shuffled), "weight decay": _all_grow(decayed)},
        plots=[
            lines_plot(
                "product of norms",
                "log ρ",
                "epochs",
                {
                    arm: (_times(tier), looks(measured, tier, "log_norm_product", arm))
                    for arm in (NET, DECAYS)
                },
                x_log=True,
            )
        ],
    )


@claim(
    STOP,
    **everywhere(
        "stopped where the normalised train loss is smallest, test error is at most three "
        "points above that where validation error is smallest.",
        power_at=STOPPED_WITHIN,
        because="three percentage points: what 24 seeds decide with power 0.8, by pilots",
        expected="REFUTED",
        expected_reason="the normalised train loss is smallest after four epochs on pilots, while "
        "margins grow faster than norms and one test image in six is misclassified",
    ),
)
def test_the_normalised_loss_tells_when_to_stop(measured, judge, tier):
    error = 1 - looks(measured, tier, "accuracy", on="test")
    chosen = _choices(measured, tier)
    validated = _at(error, chosen["validation"])

    judge(
        mean(STOPPED_WITHIN - (_at(error, chosen["normalised"]) - validated)),
        regime=[separated(measured)],
        controls=[
            shown(
                "the time matters: stopped at the first look, error is larger by more",
                mean(error[:, 0] - validated - STOPPED_WITHIN),
            )
        ],
        mutants={
            "stopped where the normalised loss is largest": mean(
                STOPPED_WITHIN - (_at(error, chosen["largest"]) - validated)
            )
        },
        plots=[_plot(measured, tier)],
        tables=[_table(error, chosen, tier)],
    )


@claim(
    BETTER,
    **everywhere(
        "stopped where the normalised train loss is smallest, test error is at least three "
        "points below that where the train loss is smallest.",
        effect=STOPPED_WITHIN,
        because="three percentage points: what 24 seeds decide with power 0.8, by pilots",
        expected="REFUTED",
        expected_reason="the normalised train loss is smallest after four epochs on pilots, and "
        "the train loss at the end, where test error is smallest too",
    ),
)
def test_the_normalised_loss_is_the_better_monitor(measured, judge, tier):
    error = 1 - looks(measured, tier, "accuracy", on="test")
    chosen = _choices(measured, tier)

    judge(
        mean(_at(error, chosen["train"]) - _at(error, chosen["normalised"]), step=1 / 500),
        regime=[separated(measured)],
        controls=[
            shown(
                "the time matters: stopped at the first look, error is larger by more",
                mean(error[:, 0] - _at(error, chosen["validation"]) - STOPPED_WITHIN),
            )
        ],
        mutants={
            "looks dealt at random": mean(
                _at(dealt(error), chosen["train"]) - _at(error, chosen["normalised"])
            )
        },
        plots=[_plot(measured, tier)],
        tables=[_table(error, chosen, tier)],
    )


def _all_grow(growth):
    return mean(growth.min(axis=1))


def _times(tier):
    return (*LOOKS_AT[tier], LAST[tier])


def _choices(measured, tier):
    """The look that each monitor chooses, seed by seed; the earliest of equals."""
    normalised = looks(measured, tier, "normalised_loss")
    return {
        "normalised": normalised.argmin(axis=1),
        "largest": normalised.argmax(axis=1),
        "train": looks(measured, tier, "loss").argmin(axis=1),
        "validation": looks(measured, tier, "accuracy", on="validation").argmax(axis=1),
    }


def _at(values, chosen):
    return values[np.arange(len(values)), chosen]


def _plot(measured, tier):
    times = _times(tier)
    return lines_plot(
        "errors in the course of training",
        "error",
        "epochs",
        {
            "test": (times, 1 - looks(measured, tier, "accuracy", on="test")),
            "validation": (times, 1 - looks(measured, tier, "accuracy", on="validation")),
        },
        x_log=True,
    )


def _table(error, chosen, tier):
    times = np.asarray(_times(tier))
    rows = [
        [name, float(np.median(times[at])), _at(error, at).mean()] for name, at in chosen.items()
    ]
    caption = "Stopped by each monitor: median epoch and mean test error"
    return table(caption, ["least (or largest normalised)", "epoch", "test error"], rows)
