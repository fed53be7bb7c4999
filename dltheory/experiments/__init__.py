"""What is run: trainings and computations in named arms over shared seeds.

Descriptions   Training · Computation, compute · Experiment · Quantity, quantity
Execution      see plan, store, local (the engine for one machine)

Importing this imports no torch.
"""

from dltheory.experiments.computation import Computation, Context, compute
from dltheory.experiments.experiment import PILOT_SEEDS_FROM, Experiment
from dltheory.experiments.quantity import Quantity, quantity
from dltheory.experiments.training import Training

__all__ = [
    "PILOT_SEEDS_FROM",
    "Computation",
    "Context",
    "Experiment",
    "Quantity",
    "Training",
    "compute",
    "quantity",
]
