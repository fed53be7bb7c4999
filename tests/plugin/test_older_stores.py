"""What an older version of the suite left in a store, read by this one."""

import pytest

from dltheory.data import Digits
from dltheory.errors import MissingMeasurements
from dltheory.experiments import Training, Tuned
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, plain
from dltheory.experiments.store import Store
from dltheory.experiments.tuned import FINAL_LOSS
from dltheory.models import MLP
from dltheory.plugin.source import StoreSource
from dltheory.training import SGD

pytestmark = pytest.mark.faults

SMALL = Training(
    data=Digits(train=50, test=20),
    model=MLP(hidden=(4,)),
    epochs=2,
    optimiser=SGD(learning_rate=0.1, batch_size=25),
)
GRID = Tuned(training=SMALL, learning_rates=(0.1, 0.2, 0.4), pilots=2)


def store_with(folder, losses, **fields):
    """A store of pilots whose records lack the final loss, as they once did; a list a rate."""
    store = Store(folder)
    for candidate, of_seeds in zip(GRID.candidates, losses, strict=True):
        for seed, of_epochs in zip(GRID.pilot_seeds, of_seeds, strict=True):
            run = Run(candidate, seed)
            recipe = plain(candidate)
            store.add(Record(key=run.key, seed=seed, recipe=recipe, losses=of_epochs, **fields))
    return StoreSource(store)


def test_a_rate_is_chosen_by_the_losses_of_records_that_lack_the_final_one(tmp_path):
    source = store_with(
        tmp_path, [[(0.1, 0.9), (0.1, 0.9)], [(0.9, 0.3), (0.9, 0.4)], [(0.2, 0.5), (0.2, 0.5)]]
    )

    assert source.choice(GRID) == GRID.candidates[1]


def test_a_pilot_that_diverged_stays_one_in_an_older_record(tmp_path):
    source = store_with(tmp_path, [[(0.1, None)] * 2] * 3, status="diverged")

    assert source.find(Run(GRID.candidates[0], GRID.pilot_seeds[0]), FINAL_LOSS).value is None


def test_a_record_without_any_loss_is_an_error_that_names_the_run(tmp_path):
    source = store_with(tmp_path, [[(), ()]] * 3)
    run = Run(GRID.candidates[0], GRID.pilot_seeds[0])

    with pytest.raises(MissingMeasurements, match=rf"'final loss' .* the run {run.key} \(seed 10"):
        source.choice(GRID)
