"""Trainings that claims of this paper share. Chosen on pilot seeds (10,000 and up) alone.

The learning rate is the paper's choice, the one of {0.3, 0.1, 0.03} with the lowest final training
loss: 0.1 at every width of the 20-layer net.
"""

from dltheory.data import MNIST, Digits
from dltheory.experiments import Training, quantity
from dltheory.models import MLP
from dltheory.training import SGD

LOSS = quantity("loss")
COSINES = quantity("gradient_cosines", pairs=100)

DEPTH, WIDTHS = 20, (8, 16, 32, 64)

DEEP_TANH_ON_DIGITS = Training(
    data=Digits(),
    model=MLP(hidden=(8,) * DEPTH, activation="tanh", initialisation="glorot"),
    epochs=40,
    optimiser=SGD(learning_rate=0.1, batch_size=128),
)

FULL_DEPTH, FULL_WIDTHS = 300, (10, 30, 100, 300, 1000)
FULL_COSINES = quantity("gradient_cosines", pairs=1000)
LEARNING_RATES = (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)

DEEP_ON_MNIST = Training(
    data=MNIST(normalised=True, validation=10_000),
    model=MLP(hidden=(10,) * FULL_DEPTH, activation="tanh", initialisation="glorot"),
    epochs=102,  # 40,000 steps of 128 images on 50,000
    optimiser=SGD(learning_rate=0.1, batch_size=128),
)


def widened(training: Training, width: int, depth: int, **model: str) -> Training:
    """The same training of an MLP with this many layers of this width."""
    kind = {"activation": "tanh", "initialisation": "glorot", **model}
    return training.but(model=MLP(hidden=(width,) * depth, **kind))  # type: ignore[arg-type]
