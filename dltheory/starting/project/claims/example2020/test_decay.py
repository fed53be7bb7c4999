"""A claim that trainings decide: weight decay shrinks the weights.

With ‖φ‖² the squared norm of all parameters after training, without (plain) and with decay,

    E[ log₁₀ ‖φ_plain‖² − log₁₀ ‖φ_decayed‖² ]  >  0.05     over seeds, paired.

REPLACE: the assertion, the arms, the quantity, the smallest effect and its reason.
"""

import numpy as np

from dltheory import (
    MLP,
    SGD,
    Claim,
    Criterion,
    Digits,
    Experiment,
    Form,
    Training,
    WeightDecay,
    claim,
    mean,
    quantity,
    shown,
)

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="decay-shrinks",
    locator="§3",
    statement="Weight decay leads to smaller weights.",
    kind="superiority",
    formula="E[log₁₀ ‖φ_plain‖² − log₁₀ ‖φ_decayed‖²] > 0.05",
    estimand="mean over seeds of the difference of log₁₀ squared norms, paired by seed",
    unit="powers of ten",
    refuted_if="decay shrinks the squared norm by certainly less than the smallest effect",
)

NORM, ACCURACY = quantity("squared_norm"), quantity("accuracy", on="train")

PLAIN = Training(
    data=Digits(train=300),
    model=MLP(hidden=(32,)),
    optimiser=SGD(learning_rate=0.1, batch_size=50),
    epochs=20,
)
ARMS = {
    "plain": PLAIN,
    "decayed": PLAIN.but(penalty=WeightDecay(coefficient=0.03)),
    "hardly decayed": PLAIN.but(penalty=WeightDecay(coefficient=1e-6)),  # the control
}

FITS = "without decay the network fits at least nine tenths of its training set"

FAST = Form(
    experiment=Experiment(arms=ARMS, seeds=(4, 8, 16), measure=(NORM, ACCURACY)),
    criterion=Criterion(
        null=0.05,  # what is to be surpassed: a tenth of the squared norm
        smallest_effect=0.05,  # a second tenth: below θ₀ + δ the claim is refuted
        because="decay of any size shrinks a little; `--pilots` says what the seeds can decide",
    ),
    sentence="In an MLP on 300 digits decay 0.03 shrinks the squared norm by a tenth or more.",
    bearing="analogue",  # "instance" if the paper asserts it for networks and data like these
    regime=(FITS,),
)


@claim(CLAIM, fast=FAST)
def test_weight_decay_shrinks_the_weights(measured, judge):
    norm = {arm: np.log10(values) for arm, values in measured(NORM.name).items()}
    fit = measured(ACCURACY.name)["plain"]

    judge(
        mean(norm["plain"] - norm["decayed"]),
        regime=[shown(FITS, mean(fit - 0.9))],
        controls=[
            shown(
                "a decay of 10⁻⁶ shrinks less than a decay of 0.03",
                mean(norm["hardly decayed"] - norm["decayed"]),
            )
        ],
        # The same experiment, broken: it could pass if the claim's test were no good.
        mutants={"a decay of 10⁻⁶ in its place": mean(norm["plain"] - norm["hardly decayed"])},
    )
