"""Trainings behind the claims on the tangent kernel (§4, A.6), chosen on pilot seeds alone.

The paper says that all networks begin with uniform He weights and that 25 images are drawn at
random. The authors' code leaves PyTorch's own initialisation, U(±1/√fan_in), and takes the images
with the lowest labels among the first 128. Both initialisations are run; the images of the code
are `kernel_change`'s draw 0.

Training is the authors': SGD with momentum 0.9, weight decay 5e-4, the rate divided by 5 after
0.3, 0.6 and 0.8 of the epochs, no augmentation. Small worlds take few steps, with a rate of 0.03
instead of 0.01.
"""

from typing import Any

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.data import CIFAR10, Digits
from dltheory.experiments import Training, quantity
from dltheory.models import MLP, ConvNet, He, Initialised, NTKConvNet, WideResNet
from dltheory.training import SGD, Steps, WeightDecay

# The numbers of `kernel_change` and of `parameter_change`.
CHANGE, CORRELATION, COSINE, FACTOR, SHARE, CHANCE_SHARE, NORM_BEFORE, NORM_AFTER = range(8)
AVERAGE, RELATIVE = range(2)

ENORMOUS = 1e6  # the change of a kernel that diverged

PAPER, CODE = "He", "PyTorch"  # initialisations, by who says so
HE = He(distribution="uniform")
WEIGHTS = {PAPER: "uniform He weights", CODE: "PyTorch's own initial weights"}

KERNEL = quantity("kernel_change")
PARAMETERS = quantity("parameter_change")
ACCURACY = quantity("accuracy")
LOWEST_LABELS = quantity("kernel_change", draw=0)
OTHER_DRAWS = (quantity("kernel_change", draw=2), quantity("kernel_change", draw=3))
MODES = {
    mode: quantity("kernel_change", points=8, mode=mode) for mode in ("eval", "calibrated", "train")
}
LARGE_MODES = {mode: quantity("kernel_change", mode=mode) for mode in MODES}

# ── small worlds ──────────────────────────────────────────────────────────────────────────────────

SMALL = Training(
    data=Digits(train=500),
    model=MLP(hidden=(32,)),
    epochs=24,
    optimiser=SGD(learning_rate=0.03, momentum=0.9, batch_size=50),
    schedule=Steps(at=(7, 14, 19), by=0.2),
    penalty=WeightDecay(coefficient=5e-4),
)
SMALL_CONV = SMALL.but(data=Digits(train=300))
FITTED = SMALL.but(
    data=Digits(train=100),
    epochs=40,
    optimiser=SGD(learning_rate=0.03, momentum=0.9, batch_size=25),
    schedule=Steps(at=(12, 24, 32), by=0.2),
)
DIGITS = {"mlp": "500 digits", "conv": "300 digits", "wide-resnet": "100 digits"}
LARGE_IMAGES = "CIFAR-10"
SMALL_WORLD = "digits, 24 epochs at rate 0.03 instead of CIFAR-10, 200 epochs at 0.01"
SMALL_CONV_WORLD = (
    "three convolutions with strides on 300 digits, 24 epochs at rate 0.03, instead of five with "
    "pools on CIFAR-10, 200 epochs at 0.01"
)
SMALL_RESNET_WORLD = (
    "a wide ResNet of depth 10 with a stem of 4 filters, at most as wide as the paper's WRN-16-2, "
    "on 100 digits, 160 steps at rate 0.03, instead of depth 16 and 16 filters on CIFAR-10, about "
    "78,000 steps at 0.01; 8 images for the kernel"
)
MANY_STEPS = SMALL.but(
    data=Digits(train=1000),
    epochs=8,
    optimiser=SGD(learning_rate=0.01, momentum=0.9, batch_size=4),
    schedule=Steps(at=(2, 5, 6), by=0.2),
)
MANY_RESNET_STEPS = MANY_STEPS.but(optimiser=SGD(learning_rate=0.01, momentum=0.9, batch_size=8))
SMALL_WIDTHS = {"two-layer": (32, 64, 128, 256), "four-layer": (16, 32, 64, 128)}
SMALL_FILTERS = (4, 8, 16)
SMALL_WIDENINGS = (2, 4, 8)

# ── the paper's scale ─────────────────────────────────────────────────────────────────────────────

LARGE = SMALL.but(
    data=CIFAR10(normalised=True),
    epochs=200,
    optimiser=SGD(learning_rate=0.01, momentum=0.9, batch_size=128),
    schedule=Steps(at=(60, 120, 160), by=0.2),
)
WIDTHS = (32, 128, 512, 2048)
FILTERS = (4, 16, 64, 256)
WIDENINGS = (1, 2, 4, 8, 10)
LARGE_DEVIATIONS = (
    "widths chosen here: the paper prints a number of parameters on an axis alone",
    "batches are shuffled; the authors' code has the same batches each epoch and drops the last",
    "200 epochs, the shorter of the two lengths in the authors' code; the paper prints none",
    "pixels are divided by the customary 0.2023, 0.1994 and 0.2010; the authors' code divides by "
    "their standard deviations, about 0.25",
)

LARGE_SEEDS = 5


RESNET_LOOKS = (8,)  # the dearest of the small worlds


def seeds_of(tier, looks=LOOKS) -> dict[str, Any]:
    """On which seeds the forms of a tier are judged, and when; they share runs."""
    if tier == "full":
        return {"seeds": LARGE_SEEDS}
    return {"seeds": looks, "first_seed": FIRST_SEED}


def initialised(model, by):
    """The model as the paper says (He), or as the authors' code leaves it (PyTorch)."""
    return Initialised(model=model, by=HE) if by == PAPER else model


def mlps(depth, by, training, widths):
    """{width: training} for MLPs of "two-layer" or "four-layer" depth."""
    layers = {"two-layer": 1, "four-layer": 3}[depth]
    return {
        width: training.but(model=initialised(MLP(hidden=(width,) * layers), by))
        for width in widths
    }


def convolutional(by, training, widths):
    """{filters: training}: on images too small for pools of 3 × 3, strides take their place."""

    def model(width):
        if training.data.shape[1] >= 9:
            return NTKConvNet(width=width)
        return ConvNet(filters=(width, 2 * width, 2 * width), strides=(1, 2, 2))

    return {width: training.but(model=initialised(model(width), by)) for width in widths}


def wide_resnets(by, training, widenings, **variant):
    """{widening: training} for wide ResNets; of depth 10 and stem 4 on small images."""
    size = {} if training.data.shape[1] >= 32 else {"blocks": 1, "stem": 4}
    return {
        k: training.but(model=initialised(WideResNet(widening=k, **size, **variant), by))
        for k in widenings
    }


def arms_of(kind, by, training, widths):
    """{"two-layer 32": training, …}: the networks of one kind, at each of its widths."""
    if kind == "conv":
        runs = convolutional(by, training, widths)
    elif kind == "wide-resnet":
        runs = wide_resnets(by, training, widths)
    else:
        runs = mlps(kind, by, training, widths)
    return {f"{kind} {width}": run for width, run in runs.items()}


def slowed(training, factor):
    """The same training with its learning rate divided by a factor."""
    rate = training.optimiser.learning_rate / factor
    momentum, batch = training.optimiser.momentum, training.optimiser.batch_size
    return training.but(optimiser=SGD(learning_rate=rate, momentum=momentum, batch_size=batch))
