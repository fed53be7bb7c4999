"""Ways to die in the middle of work; each is tried in a process that is forked for it.

python -m tests.experiments.kills FOLDER    makes one store in FOLDER for each of them
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from dltheory.experiments.checkpoint import Checkpoints
from tests.experiments.test_midway import LATER, MIDDLE, measured
from tests.experiments.test_warm_start import THIRD
from tests.experiments.tiny import make


def while_measuring(folder):
    """In the second of two probes of the second seed."""
    die_in_call(2, import_module("dltheory.probes.squared_norm"), "squared_norm")
    make(folder)


def while_measuring_the_middle(folder):
    """In the probe of the first seed's second snapshot."""
    die_in_call(2, import_module("dltheory.probes.squared_norm"), "squared_norm")
    measured(folder, MIDDLE, LATER)


def in_a_chain(folder):
    """Before the checkpoint after the second epoch of the second training of three."""
    die_in_call(5, Checkpoints, "save")
    make(folder, THIRD, checkpoint_seconds=0)


WAYS = (while_measuring, while_measuring_the_middle, in_a_chain)


def die_in_call(number, owner, name):
    """This process gets SIGKILL when the function is called for the so-many-th time."""
    plain, calls = getattr(owner, name), []

    def last(*arguments, **options):
        calls.append(1)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return plain(*arguments, **options)

    setattr(owner, name, last)


def killed_by(way, folder):
    """The signal that ended a fork of this process."""
    child = os.fork()
    if child == 0:
        try:
            way(folder / way.__name__)
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    if [killed_by(way, Path(sys.argv[1])) for way in WAYS] != [signal.SIGKILL] * len(WAYS):
        sys.exit("One of the processes came to its end.")
