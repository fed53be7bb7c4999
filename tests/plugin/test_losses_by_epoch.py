"""The training loss of every epoch can be asked for like any quantity."""

from dltheory.data import Digits
from dltheory.experiments import EPOCH_LOSSES, Training
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, plain
from dltheory.experiments.store import Store
from dltheory.models import MLP
from dltheory.plugin.source import StoreSource
from dltheory.training import SGD

TRAINING = Training(
    data=Digits(train=50),
    model=MLP(hidden=(4,)),
    epochs=3,
    optimiser=SGD(learning_rate=0.1, batch_size=25),
)
RUN = Run(TRAINING, 0)


def source_with(folder, **fields):
    store = Store(folder)
    store.add(Record(key=RUN.key, seed=0, recipe=plain(TRAINING), **fields))
    return StoreSource(store)


def test_losses_by_epoch_are_those_of_the_record(tmp_path):
    source = source_with(tmp_path, losses=(2.3, 1.1, 0.4))

    assert source.find(RUN, EPOCH_LOSSES).value == [2.3, 1.1, 0.4]


def test_a_run_that_diverged_has_no_losses_by_epoch(tmp_path):
    source = source_with(tmp_path, losses=(2.3, None), status="diverged")

    assert source.find(RUN, EPOCH_LOSSES).diverged
