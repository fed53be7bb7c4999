from pathlib import Path

import pytest
import torch

from dltheory.data import StandIn
from dltheory.errors import SpecError

NOWHERE = Path("absent")
SPEC = StandIn(shape=(3, 4, 5), classes=7)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_split_has_a_few_images_of_the_shape_asked_for(split):
    part = SPEC.load(NOWHERE, cache=NOWHERE).split(split)

    assert part.images.shape == (8, 3, 4, 5)
    assert part.labels.shape == (8,)
    assert set(part.labels.tolist()) <= set(range(7))


def test_a_stand_in_is_the_same_every_time():
    first, again = (SPEC.load(NOWHERE, cache=NOWHERE).train for _ in range(2))
    assert torch.equal(first.images, again.images)


def test_a_stand_in_says_that_it_is_noise():
    assert SPEC.load(NOWHERE, cache=NOWHERE).form == "noise"


@pytest.mark.parametrize(
    "wrong", [{"shape": ()}, {"shape": (3, 0)}, {"classes": 0}, {"count": 0}], ids=str
)
def test_a_stand_in_without_images_is_refused(wrong):
    with pytest.raises(SpecError, match=r"at least 1; got shape=\(.*Take shape"):
        StandIn(**{"shape": (3, 4, 5), "classes": 7} | wrong)
