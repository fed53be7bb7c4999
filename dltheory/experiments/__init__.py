"""What is run: trainings and computations in named arms over shared seeds.

Descriptions   Training, Tuned · Computation, compute · Experiment · Quantity, quantity
Execution      see plan, store, local (the engine for one machine)

Importing this imports no torch.
"""

from dltheory.experiments.computation import Computation, Context, compute
from dltheory.experiments.experiment import Experiment
from dltheory.experiments.quantity import Quantity, quantity
from dltheory.experiments.record import EPOCH_LOSSES
from dltheory.experiments.seeds import PILOT_SEEDS_FROM
from dltheory.experiments.training import Training
from dltheory.experiments.tuned import Tuned

__all__ = [
    "EPOCH_LOSSES",
    "PILOT_SEEDS_FROM",
    "Computation",
    "Context",
    "Experiment",
    "Quantity",
    "Training",
    "Tuned",
    "compute",
    "quantity",
]
