import pytest
import torch

from dltheory.data.splits import Labelled, Splits
from dltheory.errors import DataError


@pytest.fixture
def rows():
    return Labelled(images=torch.zeros(3, 1, 2, 2), labels=torch.arange(3))


def test_labelled_counts_its_rows(rows):
    assert len(rows) == 3


def test_moving_changes_the_type_of_images_alone(rows):
    moved = rows.to("cpu", torch.float64)

    assert (moved.images.dtype, moved.labels.dtype) == (torch.float64, torch.int64)


def test_moving_without_a_type_keeps_it(rows):
    assert rows.to("cpu").images.dtype == torch.float32


@pytest.mark.parametrize("validation", [False, True])
def test_moving_splits_moves_every_part_there_is(validation, rows):
    splits = Splits(train=rows, validation=rows if validation else None, test=rows, form="rows")

    moved = splits.to("cpu", torch.float64)

    parts = [part for part in (moved.train, moved.validation, moved.test) if part is not None]
    assert len(parts) == 2 + validation
    assert {part.images.dtype for part in parts} == {torch.float64}
    assert moved.form == "rows"


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_a_split_is_found_by_its_name(name, rows):
    splits = Splits(train=rows, validation=rows, test=rows, form="rows")
    assert splits.split(name) is getattr(splits, name)


def test_an_absent_split_is_refused_with_the_names_there_are(rows):
    splits = Splits(train=rows, validation=None, test=rows, form="three rows")

    with pytest.raises(DataError, match="'train', 'test' for three rows; got 'validation'"):
        splits.split("validation")
