"""Trainings that claims of this paper share. Chosen on pilot seeds (10,000 and up) alone.

The learning rate is the paper's choice, the one with the lowest final training loss: pilots choose
it for each network (`Tuned`). Nets that are stopped at one loss have one rate, so that it is not
the rate that tells them apart.
"""

from dltheory.data import CIFAR10, CIFAR100, MNIST, CropAndFlip, Digits
from dltheory.experiments import Quantity, Training, Tuned, quantity
from dltheory.models import MLP, He, Initialised, WideResNet
from dltheory.training import SGD, AtTrainLoss, Steps

ONE_SPLIT = (
    "Runs differ in initialisation, batches and the minibatches that are compared; images, labels "
    "and split are the same in all, so nothing is said of others."
)
"""What the bounds of networks on images cover."""

LOSS = quantity("loss")
COSINES = quantity("gradient_cosines", pairs=100)


def late(epochs: int, batch: int) -> tuple[Quantity, ...]:
    """Cosines of 100 pairs of minibatches after each of the last eight epochs.

    At a constant rate the lowest cosine moves from epoch to epoch by 0.1 to 0.4, as much as from
    run to run; the mean over eight epochs scatters a third as much as the last one alone.
    """
    return tuple(
        quantity("gradient_cosines", pairs=100, batch=batch, at=epoch)
        for epoch in range(epochs - 7, epochs + 1)
    )


OVER_LATE_EPOCHS = "the mean over the last eight epochs of the lowest of 100 cosines"

DEPTH, WIDTHS = 20, (8, 16, 32, 64)

DEEP_TANH_ON_DIGITS = Training(
    data=Digits(),
    model=MLP(hidden=(8,) * DEPTH, activation="tanh", initialisation="glorot"),
    epochs=40,
    optimiser=SGD(learning_rate=0.1, batch_size=128),
)

DEEP_TANH_RATES = (0.3, 0.1, 0.03)
DEEP_TANH_COSINES = late(DEEP_TANH_ON_DIGITS.epochs, 128)

FULL_DEPTH, FULL_WIDTHS = 300, (10, 30, 100, 300, 1000)
FULL_COSINES = quantity("gradient_cosines", pairs=1000)
LEARNING_RATES = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)

DEEP_ON_MNIST = Training(
    data=MNIST(normalised=True, validation=10_000),
    model=MLP(hidden=(10,) * FULL_DEPTH, activation="tanh", initialisation="glorot"),
    epochs=102,  # of 391 steps: 39,882
    optimiser=SGD(learning_rate=0.1, batch_size=128),
)


def widened(training: Training, width: int, depth: int, **model: str) -> Training:
    """The same training of an MLP with this many layers of this width."""
    kind = {"activation": "tanh", "initialisation": "glorot", **model}
    return training.but(model=MLP(hidden=(width,) * depth, **kind))  # type: ignore[arg-type]


def matched(training: Training, loss: float) -> Training:
    """The same training, ended as soon as the training loss is this low."""
    return training.but(stopping=AtTrainLoss(loss=loss))


# ── depth of MLPs ─────────────────────────────────────────────────────────────────────────────────

DEPTHS, NARROW = (3, 10, 30), 16
FULL_DEPTHS, FULL_WIDTH = (3, 10, 30, 100, 300, 1000), 100
SHORT_DEPTHS = (3, 10, 30, 100)

DEEP_MLP_ON_DIGITS = Training(
    data=Digits(),
    model=MLP(hidden=(NARROW,) * 3, activation="identity", initialisation="glorot"),
    epochs=10,
    optimiser=SGD(learning_rate=0.1, batch_size=128),
)
MLP_RATES = (0.1, 0.03, 0.01)
LONGER_MLP_ON_DIGITS = DEEP_MLP_ON_DIGITS.but(
    epochs=20, optimiser=SGD(learning_rate=0.1, batch_size=64)
)
MLP_COSINES = late(LONGER_MLP_ON_DIGITS.epochs, 64)
STOPPED_COSINES = quantity("gradient_cosines", pairs=400)
MATCHED_LOSS = 1.9  # nats; nets of 3 to 30 layers come down to it in pilots


def tuned(training: Training, rates: tuple[float, ...], *, pilots: int) -> Tuned:
    """The training with the rate of the grid that pilots choose."""
    return Tuned(training=training, learning_rates=rates, pilots=pilots)


def full_mlp(depth: int, width: int, **kind: str) -> Tuned:
    """One network of the paper on MNIST with its own learning-rate grid."""
    return tuned(widened(DEEP_ON_MNIST, width, depth, **kind), LEARNING_RATES, pilots=3)


FULL_MLP_DEVIATIONS = (
    "102 epochs, 39,882 steps instead of 40,000",
    "50,000 training images: the printed split does not sum to MNIST's 70,000",
    "the learning rate is chosen on three pilot seeds",
)


# ── convolutional networks ────────────────────────────────────────────────────────────────────────

CNN_DEPTHS, CNN_WIDENINGS, CNN_DEPTH = (10, 16), (1, 2, 4), 16
FULL_CNN_DEPTHS, FULL_CNN_WIDENINGS, FULL_CNN_DEPTH = (16, 22, 28, 34, 40), (2, 3, 4, 5, 6), 16
FULL_WRN_DEPTHS = (16, 22, 28, 34, 40, 52, 76, 100)
STEM = 4

CNN_COSINES = quantity("gradient_cosines", pairs=400, batch=8)
CNN_COSINES_TRAIN = quantity("gradient_cosine_matrix", minibatches=30, batch=8, mode="train")
COSINES_TRAIN = quantity("gradient_cosine_matrix", minibatches=15, mode="train")
ACCURACY = quantity("accuracy", on="test")
ON_THE_WAY, FULL_ON_THE_WAY = (2, 5, 10, 15), (20, 50, 100, 150)
"""Epochs after which confusion is looked at: a tenth, a quarter, a half and three quarters."""
COSINES_ON_THE_WAY = tuple(
    quantity("gradient_cosines", pairs=200, batch=8, at=epoch) for epoch in ON_THE_WAY
)
FULL_COSINES_ON_THE_WAY = tuple(
    quantity("gradient_cosines", pairs=100, at=epoch) for epoch in FULL_ON_THE_WAY
)
CNN_MEASURES = (LOSS, CNN_COSINES, ACCURACY, *COSINES_ON_THE_WAY)


def cnn(
    depth: int,
    widening: int = 2,
    *,
    stem: int = 16,
    batch_norm: bool = False,
    skips: bool = False,
) -> Initialised:
    """CNN-β-ℓ, or with skips WRN-β-ℓ: biases in convolutions exactly where nothing is normalised.

    The paper says "MSRA" and no more; fan_out in convolutions is that of the networks' source.
    """
    wide = WideResNet(
        widening=widening,
        blocks=(depth - 4) // 6,
        stem=stem,
        batch_norm=batch_norm,
        skips=skips,
        biases=not batch_norm,
    )
    return Initialised(model=wide, by=He(fan="out", layers="convolutions"))


def convolutional_parameters(
    widening: int,
    depth: int,
    stem: int,
    shape: tuple[int, int],
    *,
    batch_norm: bool = False,
    skips: bool = False,
) -> int:
    """The number of parameters of CNN-β-ℓ or WRN-β-ℓ, for images of (channels, classes).

    A convolution has biases or, where there is batch normalisation, none; that has two numbers for
    each filter it is applied to. A shortcut that changes shape is a 1 × 1 convolution.
    """
    channels, classes = shape
    bias, norm = (0, 2) if batch_norm else (1, 0)
    total, filters = stem * (9 * channels + bias), stem
    for stage in range(3):
        outputs = stem * widening * 2**stage
        for _ in range((depth - 4) // 6):
            total += norm * filters + outputs * (9 * filters + bias)
            total += norm * outputs + outputs * (9 * outputs + bias)
            if skips and filters != outputs:
                total += outputs * (filters + bias)
            filters = outputs
    return total + norm * filters + classes * (filters + 1)


def mlp_parameters(width: int, depth: int, inputs: int, classes: int = 10) -> int:
    """The number of parameters of an MLP with this many hidden layers of one width."""
    hidden = (depth - 1) * width * (width + 1)
    return width * (inputs + 1) + hidden + classes * (width + 1)


def mlp_weights(width: int, depth: int, inputs: int, classes: int = 10) -> int:
    """The same without biases."""
    return mlp_parameters(width, depth, inputs, classes) - depth * width - classes


CNN_ON_DIGITS = Training(
    data=Digits(train=500),
    model=cnn(CNN_DEPTH, stem=STEM),
    epochs=20,
    optimiser=SGD(learning_rate=0.1, batch_size=8),
    schedule=Steps(at=(8, 16)),  # the paper's fractions of the length
)
CNN_RATES = (0.2, 0.1, 0.05)
CNN_WORLD = (
    "narrow networks of 10 and 16 layers on 500 digits for 1,260 steps with minibatches of 8, "
    "without augmentation, instead of CIFAR-10 for 62,400 with 128: with 22 layers most runs do "
    "not leave their first loss within 2,500 steps",
    "three learning rates, chosen by two pilots each, instead of twelve",
    "400 pairs of minibatches of 8, in four parts of 100, instead of 100 pairs",
)


def small_cnn(depth: int, widening: int = 2, **kind: bool) -> Tuned:
    """CNN-β-ℓ with a stem of four filters on digits, its rate chosen by pilots."""
    model = cnn(depth, widening, stem=STEM, **kind)
    return tuned(CNN_ON_DIGITS.but(model=model), CNN_RATES, pilots=2)


KINDS_OF_BLOCK: dict[str, tuple[bool, bool]] = {
    "neither": (False, False),
    "batch norm": (True, False),
    "skips": (False, True),
    "both": (True, True),
}

CNN_GRID = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5)

CNN_ON_CIFAR10 = Training(
    data=CIFAR10(normalised=True, validation=10_000),
    model=cnn(FULL_CNN_DEPTH),
    epochs=200,
    optimiser=SGD(learning_rate=0.1, batch_size=128),
    schedule=Steps(at=(80, 160)),
    augmentation=CropAndFlip(padding=4),
)
CNN_ON_CIFAR100 = CNN_ON_CIFAR10.but(data=CIFAR100(normalised=True, validation=10_000))

CNN_DEVIATIONS = (
    "the learning rate is chosen on three pilot seeds instead of the runs that are judged",
    "He initialisation by fan_out, pre-activation blocks, stride in a block's second convolution, "
    "loss and gradients without augmentation: the paper leaves these open",
)


def full_cnn(training: Training, depth: int, widening: int = 2, **kind: bool) -> Tuned:
    """One network of the paper with its own learning-rate grid."""
    return tuned(training.but(model=cnn(depth, widening, **kind)), CNN_GRID, pilots=3)


FULL_MATCHED_LOSS = 1.0  # nats
FULL_STOPPED = (
    f"nets are stopped at a training loss of {FULL_MATCHED_LOSS:g}, each with the rate of "
    "0.3, 0.1, 0.03 and 0.01 that ends lowest on pilots: one with which it comes down, if any does",
)


def stopped_full_cnn(training: Training, depth: int, widening: int = 2, **kind: bool) -> Tuned:
    """One network of the paper until its training loss is the one at which all are compared."""
    stopped = matched(training.but(model=cnn(depth, widening, **kind)), FULL_MATCHED_LOSS)
    return tuned(stopped, (0.3, 0.1, 0.03, 0.01), pilots=3)
