"""Descriptions of trainings as frozen values; `loop.train` executes them.

Importing this package does not import torch.
"""

from dltheory.training.constraint import Constraint, FixedNorm, Unconstrained
from dltheory.training.optimiser import SGD, GradientDescent
from dltheory.training.penalty import NoPenalty, NormBias, Penalty, WeightDecay
from dltheory.training.precision import Precision
from dltheory.training.rank_projection import RankProjection
from dltheory.training.schedule import Constant, Schedule, Steps
from dltheory.training.stopping import AtTrainAccuracy, AtTrainLoss, LastEpoch, Stopping

__all__ = [
    "SGD",
    "AtTrainAccuracy",
    "AtTrainLoss",
    "Constant",
    "Constraint",
    "FixedNorm",
    "GradientDescent",
    "LastEpoch",
    "NoPenalty",
    "NormBias",
    "Penalty",
    "Precision",
    "RankProjection",
    "Schedule",
    "Steps",
    "Stopping",
    "Unconstrained",
    "WeightDecay",
]
