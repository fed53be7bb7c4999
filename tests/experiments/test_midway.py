"""What is measured before a training, in the middle of it, and after it."""

import pytest
import torch

from dltheory.errors import SpecError
from dltheory.experiments import Experiment, quantity, train_group
from dltheory.experiments.beginning import network_before_training
from dltheory.experiments.local import LocalEngine
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.probes.squared_norm import squared_norm
from dltheory.training import SGD, AtTrainLoss
from tests.experiments.tiny import NEVER, TINY, make, values

END = quantity("squared_norm")
START = quantity("squared_norm", at=0)
MIDDLE = quantity("squared_norm", at=2)
LATER = quantity("squared_norm", at=4)


def engine(folder, **options):
    options = {"checkpoint_seconds": NEVER} | options
    return LocalEngine(store=Store(folder), data_root=folder, **options)


def measured(folder, *quantities, recipe=TINY, **options):
    """The store after these quantities were asked for, with their values, seed by seed."""
    working = engine(folder, **options)
    working.make(plan([(Experiment(arms={"a": recipe}, seeds=2, measure=quantities), 2)]))
    runs = [Run(recipe, seed) for seed in range(2)]
    return [[working.store.measured(run, q).value for q in quantities] for run in runs]


def norms_after(folder, epochs, recipe=TINY):
    """The oracle: a training of just so many epochs, measured at its end."""
    return [row[0] for row in measured(folder / "oracle", END, recipe=recipe.but(epochs=epochs))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("midway")


@pytest.fixture(scope="module")
def found(folder):
    return measured(folder / "all", START, MIDDLE, LATER, END)


@pytest.mark.parametrize(("column", "epochs"), [(0, 0), (1, 2), (2, 4), (3, 6)])
def test_a_quantity_at_an_epoch_is_that_of_a_training_of_so_many_epochs(
    found, folder, column, epochs
):
    assert [row[column] for row in found] == norms_after(folder, epochs)


@pytest.mark.usefixtures("found")
def test_snapshots_are_gone_once_they_were_measured(folder):
    assert list((folder / "all" / "checkpoints").iterdir()) == []


def test_the_end_of_a_training_is_the_same_whatever_is_measured_on_the_way(found, tmp_path):
    assert [row[3] for row in found] == [row[0] for row in measured(tmp_path, END)]


def test_what_was_measured_in_the_middle_is_not_trained_again(tmp_path, epochs_done):
    measured(tmp_path, MIDDLE, END)
    epochs_done.clear()

    measured(tmp_path, MIDDLE, END)

    assert epochs_done == []


def test_a_middle_asked_for_later_is_trained_again_and_changes_nothing(tmp_path):
    first = measured(tmp_path, END)

    later = measured(tmp_path, MIDDLE, END)

    assert [row[0] for row in later] == norms_after(tmp_path, 2)
    assert [row[1:] for row in later] == first


def test_the_start_asked_for_later_needs_no_training(tmp_path, epochs_done):
    measured(tmp_path, END)
    epochs_done.clear()

    found = measured(tmp_path, START)

    assert epochs_done == []
    networks = [network_before_training(TINY, seed) for seed in range(2)]
    assert found == [
        [squared_norm(network, torch.zeros(0), torch.zeros(0).long())] for network in networks
    ]


def test_the_start_of_a_warm_training_is_the_end_of_the_one_before(tmp_path):
    warm = TINY.but(warm_start=TINY, epochs=1)

    assert measured(tmp_path, START, recipe=warm) == measured(tmp_path, END)


def test_a_training_that_stopped_before_is_looked_at_as_it_ended(tmp_path):
    at_once = TINY.but(stopping=AtTrainLoss(loss=1e9))

    found = measured(tmp_path, MIDDLE, END, recipe=at_once)

    assert [row[0] for row in found] == [row[1] for row in found]


def test_a_diverged_run_has_no_middle(tmp_path):
    wild = TINY.but(optimiser=SGD(learning_rate=1e30, batch_size=10))
    working = engine(tmp_path)

    working.make(plan([(Experiment(arms={"a": wild}, seeds=2, measure=(MIDDLE,)), 2)]))

    assert working.store.record(Run(wild, 0)).status == "diverged"
    assert working.store.measured(Run(wild, 0), MIDDLE) is None


# ── cut short ─────────────────────────────────────────────────────────────────────────────────


def cut_after(epoch, monkeypatch):
    """Trainings are interrupted after this epoch, as by Ctrl-C, until the returned call."""
    plain = train_group.train

    def cut(progress, *arguments, after_epoch, **options):
        def until(progress):
            after_epoch(progress)
            if progress.epoch == epoch:
                raise KeyboardInterrupt

        return plain(progress, *arguments, after_epoch=until, **options)

    monkeypatch.setattr(train_group, "train", cut)
    return lambda: monkeypatch.setattr(train_group, "train", plain)


@pytest.mark.parametrize("epoch", [1, 2, 3, 5])
def test_a_training_cut_short_keeps_its_middle(found, tmp_path, monkeypatch, epoch):
    mend = cut_after(epoch, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, START, MIDDLE, LATER, END, checkpoint_seconds=0)
    mend()

    assert measured(tmp_path, START, MIDDLE, LATER, END) == found


def test_a_middle_that_was_passed_before_it_was_asked_for_is_trained_anew(
    tmp_path, monkeypatch, epochs_done
):
    mend = cut_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, END, checkpoint_seconds=0)
    mend()
    epochs_done.clear()

    found = measured(tmp_path, MIDDLE)

    assert epochs_done[0] == 1
    assert [row[0] for row in found] == norms_after(tmp_path, 2)


def test_a_training_cut_while_its_middle_is_measured_measures_the_rest(
    found, tmp_path, monkeypatch, epochs_done
):
    plain, calls = train_group.measure, []

    def once(*arguments, **options):
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        plain(*arguments, **options)

    monkeypatch.setattr(train_group, "measure", once)
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, MIDDLE)
    monkeypatch.setattr(train_group, "measure", plain)
    epochs_done.clear()

    again = measured(tmp_path, MIDDLE)

    assert epochs_done == []
    assert again == [[row[1]] for row in found]


# ── names ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "name"),
    [
        (None, "loss on test (batch=7)"),
        (0, "loss on test (batch=7) at initialisation"),
        (3, "loss on test (batch=7) after epoch 3"),
    ],
)
def test_a_quantity_says_when_it_is_measured(at, name):
    assert quantity("loss", on="test", at=at, batch=7).name == name


def test_quantities_at_other_epochs_keep_their_names_at_smoke_scale(tmp_path):
    small = (MIDDLE.smoke(), LATER.smoke())

    found = measured(tmp_path, *small, recipe=TINY.but(epochs=1))

    assert [q.name for q in small] == [MIDDLE.name, LATER.name]
    assert [row[0] for row in found] == [row[1] for row in found]


def test_a_negative_epoch_is_refused():
    with pytest.raises(SpecError, match="got at=-1"):
        quantity("loss", at=-1)


def test_a_probe_may_compare_with_the_network_at_initialisation(tmp_path, monkeypatch):
    from dltheory.probes import squared_norm as module

    def moved(model, images, labels, *, initial):
        return squared_norm(model, images, labels) - squared_norm(initial, images, labels)

    monkeypatch.setattr(module, "squared_norm", moved)

    ((first, at_start), _) = measured(tmp_path, END, START)

    assert at_start == 0
    assert first != 0


def test_a_probe_may_look_at_training_images_whatever_split_it_is_measured_on(
    tmp_path, monkeypatch
):
    from dltheory.probes import squared_norm as module

    def both(model, images, labels, *, train_images):  # noqa: ARG001  every probe has the same form
        return [float(len(images)), float(len(train_images)), float(train_images.double().sum())]

    monkeypatch.setattr(module, "squared_norm", both)

    ((on_train, on_test), _) = measured(tmp_path, END, quantity("squared_norm", on="test"))

    assert on_train[1:] == on_test[1:]
    assert on_train[0] == on_train[1] != on_test[0]


def test_values_without_middle_are_as_ever(tmp_path):
    assert values(make(tmp_path)) == values(make(tmp_path))
