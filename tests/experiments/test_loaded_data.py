"""Data sets in memory, and on the device."""

import gc
import weakref
from dataclasses import replace

import pytest
import torch

from dltheory.data import Digits
from dltheory.data.splits import Splits
from dltheory.errors import DataError
from dltheory.experiments import loaded_data
from dltheory.experiments.loaded_data import LoadedData
from dltheory.experiments.local import LocalEngine
from dltheory.experiments.store import Store
from tests.experiments.tiny import TINY, groups, make

FIRST, SECOND, THIRD = (Digits(train=n, validation=0, test=10) for n in (20, 30, 40))
CPU, META = torch.device("cpu"), torch.device("meta")


@pytest.fixture
def reads():
    """The data sets that were read, in order."""
    return []


@pytest.fixture
def data(reads, tmp_path):
    def read(spec):
        reads.append(spec)
        return spec.load(tmp_path, cache=tmp_path)

    return LoadedData(read)


def test_data_are_read_once(data, reads):
    assert data.load(FIRST) is data.load(FIRST)
    assert reads == [FIRST]


def test_what_was_used_last_is_kept_where_there_is_no_room_for_all(data, reads, monkeypatch):
    monkeypatch.setattr(loaded_data, "ROOM_BYTES", 60 * 65 * 4 * 2)

    for spec in (FIRST, SECOND, FIRST, THIRD, FIRST, SECOND):
        data.load(spec)

    assert reads == [FIRST, SECOND, THIRD, SECOND]


def test_one_that_is_larger_than_the_room_is_kept_while_it_is_used(data, reads, monkeypatch):
    monkeypatch.setattr(loaded_data, "ROOM_BYTES", 1)

    data.load(FIRST)
    data.load(FIRST)

    assert reads == [FIRST]


def test_the_size_is_known_without_the_data(data, reads, monkeypatch):
    monkeypatch.setattr(loaded_data, "ROOM_BYTES", 1)
    data.load(FIRST)
    data.load(SECOND)

    assert [data.size(FIRST), data.size(SECOND)] == [20, 30]
    assert reads == [FIRST, SECOND]


def test_on_the_device_there_is_one_data_set_at_a_time(data):
    first = data.on_device(FIRST, META)
    images = weakref.ref(first.train.images)
    assert data.on_device(FIRST, META) is first
    del first

    second = data.on_device(SECOND, META)

    gc.collect()
    assert images() is None
    assert second.train.images.device == META
    assert data.load(SECOND).train.images.device == CPU


@pytest.fixture
def moved(monkeypatch):
    """How many data sets were on the device at each move, and which sizes were moved."""
    alive, plain = [], Splits.to
    sizes = []

    def to(self, device, dtype=None):
        gc.collect()
        placed = plain(replace(self), device, dtype)
        copy = replace(placed, train=replace(placed.train, images=placed.train.images.clone()))
        sizes.append(len(copy.train))
        alive.append(weakref.ref(copy.train.images))
        assert sum(ref() is not None for ref in alive) == 1
        return copy

    monkeypatch.setattr(Splits, "to", to)
    return sizes


def test_each_training_has_the_device_for_its_own_data(tmp_path, moved):
    make(tmp_path, *(TINY.but(data=spec, epochs=1) for spec in (FIRST, SECOND, THIRD)))

    assert sorted(moved) == [20, 30, 40]


def test_before_the_first_training_data_are_checked_and_none_is_on_the_device(tmp_path, moved):
    absent = TINY.but(data=Absent(), epochs=1)
    engine = LocalEngine(store=Store(tmp_path), data_root=tmp_path)

    with pytest.raises(DataError, match="not here"):
        engine.make(groups(TINY, TINY.but(data=FIRST), absent))

    assert moved == []


class Absent(Digits):
    """Data whose files are missing."""

    def load(self, root, *, cache, download=False):
        raise DataError(f"Files are needed in {root}; they are not here ({cache}, {download}).")
