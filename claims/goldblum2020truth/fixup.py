"""Fixup networks without a penalty, at two learning rates (Tables 3 and 8)."""

from dataclasses import replace

from dltheory.data import Digits
from dltheory.experiments import Training
from dltheory.models import FixupResNet
from dltheory.training import SGD, NoPenalty, Steps

PAPERS_RATE = 0.1  # A.5
SMALL_RATE = 0.01
LARGE_RATE = 0.3  # where ten pilots of ten in the small world diverged; at 0.1 one of ten did

DIGITS_FIXUP = Training(
    data=Digits(train=1000),
    model=FixupResNet(width=8, blocks=(1, 1)),
    epochs=16,
    optimiser=SGD(learning_rate=PAPERS_RATE, momentum=0.9, batch_size=50),
    schedule=Steps(at=(5, 9, 12, 15)),  # the paper's fractions of the length
)


def without_penalty(training: Training, learning_rate: float) -> Training:
    """The same network with nothing that pulls on its parameters, at this learning rate."""
    optimiser = replace(training.optimiser, learning_rate=learning_rate)
    return training.but(optimiser=optimiser, penalty=NoPenalty())
