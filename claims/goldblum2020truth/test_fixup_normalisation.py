"""Fixup networks train poorly on data that are not normalised (§3).

    E[ accuracy(normalised) − accuracy(not normalised) ]  >  0,

on test images, both with weight decay, paired by seed. The text says that Fixup networks train
quite poorly without explicit regularisation and without normalised data, and prints no number for
it. What they do without regularisation is `fixup-collapse`; without a penalty the paper prints
chance on normalised data already, so that there normalisation has nothing to show.

How poor is poor the paper does not say. The form asks for five points. Digits of which one in three
pixels is bright are far less off than photographs, so the small world is an analogue.
"""

from claims.dealt import dealt_arms
from claims.seeds import FIRST_SEED, LOOKS
from dltheory.data import CIFAR10
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference
from dltheory.training import WeightDecay
from dltheory.verdicts import Claim, Criterion, Verdict, shown

from .fixup import DIGITS_FIXUP
from .norm_bias_rows import SETTINGS
from .paper import PAPER
from .raw_pixels import RawDigits
from .recipes import ACCURACY

CLAIM = Claim(
    paper=PAPER,
    row="fixup-normalisation",
    locator="§3, on ResNet-20 with Fixup",
    statement="Fixup networks learn less where the data are not normalised.",
    kind="superiority",
    formula="E[acc(normalised) − acc(not normalised)] > 0",
    estimand="mean over seeds of the difference in test accuracy, paired by seed",
    unit="accuracy (fraction)",
    refuted_if="the gain of normalisation is certainly smaller than the smallest effect",
)

NORMALISED, RAW = "normalised", "not normalised"
EFFECT = 0.05
LEARNS = "on normalised data the network learns: mean accuracy above one half"


def form(arms, sentence, deviations, *, expected: Verdict = "CONFIRMED", reason="", **plan):
    """What is asserted of these networks on both kinds of data."""
    return Form(
        sentence=f"{sentence} reach at least five points more test accuracy on normalised images "
        "than on images that are not.",
        bearing="analogue" if "first_seed" in plan else "claim",
        regime=(LEARNS,),
        may_diverge=(RAW,),
        experiment=Experiment(arms=arms, measure=(ACCURACY,), **plan),
        criterion=Criterion(
            smallest_effect=EFFECT,
            because="“quite poorly” is at least five points; the paper prints no number",
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


PENALISED = DIGITS_FIXUP.but(penalty=WeightDecay(coefficient=0.001))
FIXUP = SETTINGS["fixup20"]
FAST = form(
    {NORMALISED: PENALISED, RAW: PENALISED.but(data=RawDigits())},
    "Fixup networks of two blocks on 1,000 digits, with weight decay,",
    ("a Fixup network of two blocks with 8 and 16 filters on 1,000 digits instead of CIFAR",),
    seeds=LOOKS,
    first_seed=FIRST_SEED,
)
FULL = form(
    {
        NORMALISED: FIXUP.decayed(FIXUP.decay),
        RAW: FIXUP.decayed(FIXUP.decay).but(data=CIFAR10(normalised=False)),
    },
    "Fixup ResNet-20s on CIFAR-10, with weight decay,",
    ("with weight decay: unspecified in the paper", *FIXUP.deviations),
    seeds=(5, 10),
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_fixup_networks_learn_less_on_data_that_are_not_normalised(measured, judge):
    accuracy = measured("accuracy on test", worst=0.0)
    dealt = dealt_arms(accuracy)

    judge(
        paired_difference(accuracy[NORMALISED], accuracy[RAW]),
        regime=[shown(LEARNS, mean(accuracy[NORMALISED]), above=0.5)],
        mutants={
            "the two kinds of data of each seed dealt at random": paired_difference(
                dealt[NORMALISED], dealt[RAW]
            )
        },
    )
