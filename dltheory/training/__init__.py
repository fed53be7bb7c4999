"""How to train, as frozen values; `loop.train` does it. Importing the values imports no torch."""

from dltheory.training.optimiser import SGD, GradientDescent
from dltheory.training.penalty import NoPenalty, NormBias, Penalty, WeightDecay
from dltheory.training.schedule import Constant, Schedule, Steps

__all__ = [
    "SGD",
    "Constant",
    "GradientDescent",
    "NoPenalty",
    "NormBias",
    "Penalty",
    "Schedule",
    "Steps",
    "WeightDecay",
]
