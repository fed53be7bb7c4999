"""Trainings from biases in U(±10): with momentum, without, and with the longer step it makes."""

from dataclasses import replace

from dltheory.experiments import Training
from dltheory.models import UniformBiases
from dltheory.training import SGD

from .local_minima_recipes import DIGITS_MLP, started, stepping

MOMENTUM, PLAIN, MATCHED = "momentum", "no momentum", "no momentum, longer step"

CODE_STEPS = stepping(DIGITS_MLP, 0.01, 0.4, epochs=600)  # step and momentum of the authors' code


def with_and_without(training: Training, momentum: float) -> dict[str, Training]:
    """With this momentum, without, and without but with the step that it comes to."""
    start = started(training, UniformBiases(bound=10.0))
    assert isinstance(start.optimiser, SGD)
    optimiser, step = start.optimiser, start.optimiser.learning_rate

    def steps(learning_rate: float, momentum: float) -> Training:
        return start.but(
            optimiser=replace(optimiser, learning_rate=learning_rate, momentum=momentum)
        )

    return {
        MOMENTUM: steps(step, momentum),
        PLAIN: steps(step, 0.0),
        MATCHED: steps(round(step / (1 - momentum), 6), 0.0),
    }
