"""From biases in U(±10), plain training ends above the default (§2, Table 1, rows 1 and 5).

    E[ L(U(±10), no momentum) − L(default, momentum m) ] > 0  after training, paired by seed.

The paper prints 0.2198 against 0.0061. It says that, to reduce the bias and still end at a subpar
optimum, momentum has to go; so from the same biases with momentum the network has to end near the
default, and that is a control. Another takes plain steps as long as momentum's in the long run.

In the small world plain training still moves when it ends. That it ends higher is all that is
asked, which is not that it ends at a suboptimal minimum; so the form is an analogue.
"""

from claims.dealt import dealt_arms
from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference
from dltheory.verdicts import Bearing, Claim, Criterion, Verdict, arms_plot, shown, table

from .local_minima_recipes import CODE_CONSTANTS, DEFAULT, DIGITS_WORLD, TABLE_1
from .momentum_recipes import CODE_STEPS, MATCHED, MOMENTUM, PLAIN, with_and_without
from .paper import PAPER
from .table_1 import DEFAULT as DEFAULT_ROW
from .table_1 import UNIFORM_10_PLAIN

CLAIM = Claim(
    paper=PAPER,
    row="uniform-10-plain",
    locator="§2, Table 1, rows “Default” and “Bias in U(−10, 10), no momentum”",
    statement="From biases in U(−10, 10), without momentum, training ends at a higher loss than "
    "from the default initialisation.",
    kind="superiority",
    formula="E[L(U(±10), momentum 0) − L(default, momentum m)] > 0",
    estimand="mean over seeds of the difference in training loss, paired by seed",
    unit="nats",
    refuted_if="the difference is certainly smaller than the smallest effect, or negative",
)

EFFECT = 0.105
PRINTED = 0.2137  # 0.2198 − 0.0061
AT_REST = "without momentum training has come to rest: gradient norm below twice the printed 0.0564"
NEAR = f"with momentum the same biases end within {EFFECT:g} nats of the default"


def form(
    training,
    sentence,
    deviations,
    *,
    bearing: Bearing,
    expected: Verdict = "CONFIRMED",
    reason="",
    **plan,
):
    """What is asserted of training from U(±10) without momentum."""
    return Form(
        sentence=f"{sentence} ends at a loss at least {EFFECT:g} nats above that from the default "
        "initialisation with momentum 0.4.",
        bearing=bearing,
        regime=(AT_REST,) if bearing == "claim" else (),
        experiment=Experiment(
            arms={**with_and_without(training, 0.4), DEFAULT: training},
            measure=(quantity("loss"), quantity("gradient_norm")),
            **plan,
        ),
        criterion=Criterion(
            smallest_effect=EFFECT,
            printed_effect=PRINTED,
            because="just under half of the printed difference, 0.2137",
            expected=expected,
            expected_reason=reason,
            deviations=deviations,
        ),
    )


FAST = form(
    CODE_STEPS,
    "After 600 epochs with a step of 0.01, an MLP on 500 digits with a fifth of the labels "
    "redrawn, from biases in U(±10) and without momentum,",
    (*DIGITS_WORLD, "training ends while the gradient is still three times the printed one"),
    bearing="analogue",
    expected="INCONCLUSIVE",
    reason="with momentum the same biases end above the default too",
    seeds=LOOKS,
    first_seed=FIRST_SEED,
)
FULL = form(
    TABLE_1,
    "An MLP trained on CIFAR-10 as in Table 1, from biases in U(±10) and without momentum,",
    ("momentum 0.4, the code's: the paper prints none", *CODE_CONSTANTS),
    bearing="claim",
    seeds=3,
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_from_biases_in_u_10_plain_training_ends_above_the_default(measured, judge, tier):
    loss, slope = measured("loss on train"), measured("gradient norm on train")
    dealt = dealt_arms({arm: loss[arm] for arm in (PLAIN, DEFAULT)})
    rest = mean(2 * float(UNIFORM_10_PLAIN.after.gradient) - slope[PLAIN])

    judge(
        paired_difference(loss[PLAIN], loss[DEFAULT]),
        controls=[
            shown(
                NEAR,
                mean(EFFECT - (loss[MOMENTUM] - loss[DEFAULT])),
                when_failed="confounded",
            ),
            shown(
                "step size: plain steps as long as momentum's in the long run end higher too",
                paired_difference(loss[MATCHED], loss[DEFAULT]),
                when_failed="confounded",
            ),
        ],
        regime=[shown(AT_REST, rest)] if tier == "full" else [],
        mutants={"the two arms of each seed dealt at random": _difference(dealt)},
        plots=[
            arms_plot(
                "loss by arm",
                "nats",
                loss,
                seeds=range(len(loss[PLAIN])),
                printed={
                    PLAIN: float(UNIFORM_10_PLAIN.after.loss),
                    DEFAULT: float(DEFAULT_ROW.after.loss),
                },
            )
        ],
        tables=[
            table(
                "Means over seeds",
                ["arm", "loss", "gradient norm"],
                [[arm, float(loss[arm].mean()), float(slope[arm].mean())] for arm in loss],
            )
        ],
        printed=("0.2137", "Table 1, 0.2198 − 0.0061"),
    )


def _difference(loss):
    return paired_difference(loss[PLAIN], loss[DEFAULT])
