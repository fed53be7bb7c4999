"""The minima that vanilla SGD finds from a bad start are easier to fool (§3.7, Fig. 6).

With d(ε) = accuracy on test images − accuracy on the same images moved by ε along the sign of the
gradient (FGSM), in the mean over a range of ε,

    E[ d(adversarial start) − d(random start) ]  >  0    and
    E[ d(adversarial start) − d(start on true labels, as long) ]  >  0

over seeds, paired. At ε = 0 all are 0: what is counted is the fall, not the accuracy lost before.
The second says that the random labels do it, and not more training. The figure does not say its ε.

SOTA SGD's ends from the bad start are no broken experiment here: how much they lose is a matter of
augmentation and decay. They are a control, since the paper says that they lose less. Broken is a
start without random labels, and one of which it is not known which start it was.
"""

import numpy as np

from claims.dealt import dealt_arms
from dltheory.experiments import quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, weakest
from dltheory.verdicts import Claim, Criterion, holds, lines_plot, shown

from .gaps import AT_MINIMA, fitted
from .paper import PAPER
from .recipes import (
    ADVERSARIAL,
    DATA,
    FULL_COPIES,
    FULL_DEVIATIONS,
    FULL_SEEDS,
    RANDOM,
    SMALL_WORLD,
    SOTA,
    TEST,
    TRAIN,
    TRUE,
    VANILLA,
    WORLD,
    arm,
    experiment,
    full_arms,
    small,
)

CLAIM = Claim(
    paper=PAPER,
    row="fgsm",
    locator="§3.7, Fig. 6",
    statement="Minima from a bad start lose more accuracy to small adversarial changes.",
    kind="superiority",
    quantifier="every",
    formula="E[d(adversarial) − d(random)] > 0, E[d(adversarial) − d(as long on true labels)] > 0, "
    "d = accuracy − accuracy under FGSM, mean over ε",
    estimand="the smaller of two means over seeds and ε of a difference in the fall of accuracy, "
    "paired by seed",
    unit="accuracy (fraction)",
    refuted_if="the fall is certainly larger by less than the smallest effect",
)

EPSILONS = (0.0, 0.025, 0.05, 0.1)  # of normalised digits; a pixel's whole range is about 2.7
FULL_EPSILONS = (0.0, 1 / 255, 2 / 255, 4 / 255, 8 / 255)
HOWS = [arm(how, start) for how in (VANILLA, SOTA) for start in (RANDOM, ADVERSARIAL)]
HOWS.append(arm(VANILLA, TRUE))
VANILLAS = [arm(VANILLA, start) for start in (ADVERSARIAL, RANDOM, TRUE)]


def attacks(epsilons, **pixels):
    """One quantity for each size of the change."""
    return tuple(
        quantity("fgsm_accuracy", on="test", epsilon=epsilon, **pixels) for epsilon in epsilons
    )


DIGITS_ATTACKS = attacks(EPSILONS, box=None)
FAST = Form(
    experiment=experiment(small(VANILLA, SOTA) | small(VANILLA, starts=(TRUE,)), *DIGITS_ATTACKS),
    criterion=Criterion(
        smallest_effect=0.045,
        because="what 16 seeds decide with power 0.8, by pilots; the pilots' effect is 17 points",
        deviations=(*SMALL_WORLD, "ε in units of normalised pixels, 0.025 to 0.1, not clamped"),
    ),
    sentence=f"For {WORLD}, FGSM takes at least 4.5 points more from vanilla SGD's ends after an "
    "adversarial start than after a random one, or after as many steps on true labels.",
    bearing="analogue",
    regime=(AT_MINIMA,),
)


def scaled(data):
    """The attacks in pixel units, for images normalised as this data set's are."""
    scale = DATA[data].scale  # type: ignore[attr-defined]
    return attacks(FULL_EPSILONS, box=(0.0, 1.0), mean=scale.mean, std=scale.std)


FULL_ATTACKS = {data: scaled(data) for data in DATA}
FULL = {
    f"resnet50-{data}-R{copies}": Form(
        experiment=experiment(
            full_arms("resnet50", data, VANILLA, SOTA, copies=copies)
            | full_arms("resnet50", data, VANILLA, copies=copies, starts=(TRUE,)),
            *FULL_ATTACKS[data],
            seeds=FULL_SEEDS,
        ),
        criterion=Criterion(
            smallest_effect=0.02,
            because="two points, far beyond the binomial error of 10,000 test images",
            deviations=(*FULL_DEVIATIONS, "ε is not printed: 1, 2, 4 and 8 of 255"),
        ),
        sentence=f"For ResNet-50 on {data}, FGSM of 1 to 8 of 255 takes at least 2 points more "
        f"from vanilla SGD's ends after an adversarial start, R = {copies}, than after a random "
        "one, or after as many steps on true labels.",
        regime=(AT_MINIMA,),
    )
    for copies in FULL_COPIES
    for data in DATA
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_bad_minima_lose_more_to_fgsm(measured, judge, tier, case_name):
    clean = measured(TEST.name, worst=0.0)
    of_data = case_name.removeprefix("resnet50-").rpartition("-R")[0]
    each = DIGITS_ATTACKS if tier == "fast" else FULL_ATTACKS[of_data]
    epsilons = EPSILONS if tier == "fast" else FULL_EPSILONS
    robust = [measured(one.name, worst=0.0) for one in each]
    after = {how: np.column_stack([found[how][:, 0] for found in robust]) for how in HOWS}
    fall = {how: clean[how] - after[how][:, 1:].mean(axis=1) for how in HOWS}
    still = max(np.abs(clean[how] - after[how][:, 0]).max() for how in HOWS)
    bad, good, longer = VANILLAS
    strangers = dealt_arms({name: fall[name] for name in VANILLAS})

    judge(
        weakest(mean(fall[bad] - fall[good]), mean(fall[bad] - fall[longer])),
        regime=[fitted(measured(TRAIN.name, worst=0.0), VANILLAS)],
        controls=[
            holds(
                "ε = 0 changes nothing",
                expectation="the accuracy without attack, in every run",
                observed=f"largest difference {still:.2g}",
                held=bool(still == 0.0),
            ),
            shown(
                "SOTA from the bad start loses less than vanilla SGD from it",
                mean(fall[bad] - fall[arm(SOTA, ADVERSARIAL)]),
            ),
        ],
        mutants={
            "true labels in the place of random ones, against other seeds": weakest(
                mean(fall[longer] - fall[good]), mean(fall[longer] - np.roll(fall[longer], 1))
            ),
            "starts dealt at random": weakest(
                mean(strangers[bad] - strangers[good]), mean(strangers[bad] - strangers[longer])
            ),
        },
        plots=[
            lines_plot(
                "test accuracy under FGSM",
                "accuracy",
                "size of the change ε",
                {how: (epsilons, after[how]) for how in HOWS},
            )
        ],
    )
