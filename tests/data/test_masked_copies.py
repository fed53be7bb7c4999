"""Copies with random parts black and random labels (liu2020bad, Algorithm 1)."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.data import Digits, GaussianClusters, MaskedCopies, masking
from dltheory.errors import SpecError
from dltheory.randomness import stream
from tests.mutation import mutant

DIGITS = Digits(train=60, test=20)
BLACK = torch.tensor([-7.0, -8.0])


def loaded(**options):
    return MaskedCopies(data=DIGITS, **options).load(Path(), cache=Path())


def plain():
    return DIGITS.load(Path(), cache=Path())


def images(count=5):
    return torch.rand(count, 2, 3, 4, generator=stream(0, "data"))


def blacked_out(module=masking, *, share=0.25, pixels=False, count=5):
    return module.blacked_out(
        images(count), share=share, pixels=pixels, black=BLACK, generator=stream(1, "data")
    )


def check_values(module):
    """A quarter of the 24 values of each image is the black of its channel, the rest untouched."""
    found = blacked_out(module)
    changed = found != images()
    assert changed.flatten(1).sum(dim=1).tolist() == [6] * 5
    expected = BLACK.view(1, 2, 1, 1).expand_as(found)
    assert torch.equal(found[changed], expected[changed])
    assert len({tuple(mask.flatten().tolist()) for mask in changed}) == 5
    assert not torch.equal(changed[:, 0], changed[:, 1])


def check_pixels(module):
    """A quarter of the 12 pixels of each image is black in all of its channels."""
    changed = blacked_out(module, pixels=True) != images()
    assert torch.equal(changed[:, 0], changed[:, 1])
    assert changed[:, 0].flatten(1).sum(dim=1).tolist() == [3] * 5


def test_the_asked_for_share_of_channel_values_is_black():
    check_values(masking)


def test_the_asked_for_share_of_pixels_is_black_in_every_channel():
    check_pixels(masking)


@pytest.mark.parametrize(
    ("check", "healthy", "faulty"),
    [
        (check_values, "round(share * places)", "round(share * height * width)"),
        (check_values, "black.view(-1, 1, 1)", "torch.zeros_like(black).view(-1, 1, 1)"),
        (
            check_values,
            "torch.rand(len(part), places",
            "torch.zeros(len(part), 1) + torch.rand(1, places",
        ),
        (check_pixels, "1 if pixels else channels)\n    count", "channels)\n    count"),
        (check_pixels, "1 if pixels else channels, height", "channels, height"),
    ],
)
def test_a_fault_in_masking_is_noticed(check, healthy, faulty):
    with pytest.raises((AssertionError, RuntimeError)):
        check(mutant(masking, healthy, faulty))


@given(st.floats(0, 1), st.booleans())
def test_what_is_not_black_is_untouched(share, pixels):
    found = blacked_out(share=share, pixels=pixels, count=2)

    kept = (found != BLACK.view(1, 2, 1, 1)).flatten()
    assert torch.equal(found.flatten()[kept], images(2).flatten()[kept])
    assert int((~kept).sum()) == 2 * (2 * round(share * 12) if pixels else round(share * 24))


def test_the_images_themselves_are_not_changed():
    given_images = images()

    masking.blacked_out(
        given_images, share=1.0, pixels=True, black=BLACK, generator=stream(1, "data")
    )

    assert torch.equal(given_images, images())


def test_images_in_several_parts_are_all_masked(monkeypatch):
    monkeypatch.setattr(masking, "TOGETHER", 2)

    changed = blacked_out() != images()

    assert changed.flatten(1).sum(dim=1).tolist() == [6] * 5


# ── the data set ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("copies", "clean", "size"), [(1, False, 60), (3, False, 180), (2, True, 180)]
)
def test_there_are_as_many_copies_as_asked_for(copies, clean, size):
    assert len(loaded(copies=copies, clean=clean).train) == size


def test_the_clean_images_come_last():
    train = loaded(copies=2, clean=True).train

    assert torch.equal(train.images[-60:], plain().train.images)


def test_two_copies_of_an_image_differ():
    train = loaded(copies=2).train

    assert not torch.equal(train.images[:60], train.images[60:])


def test_labels_are_uniform_and_say_nothing_about_the_images():
    labels = loaded(copies=50).train.labels.view(50, 60)

    agreement = float((labels == plain().train.labels).double().mean())
    assert abs(agreement - 0.1) < 4 * (0.09 / 3000) ** 0.5
    assert labels.flatten().bincount(minlength=10).min() > 200


def test_black_is_what_a_black_pixel_is_after_normalising():
    train = loaded(share=1.0).train

    assert torch.equal(train.images.unique(), torch.tensor(DIGITS.black))


def test_test_images_and_labels_are_left_alone():
    assert torch.equal(loaded().test.images, plain().test.images)
    assert torch.equal(loaded().test.labels, plain().test.labels)


def test_the_seed_fixes_all_of_it():
    assert torch.equal(loaded(seed=3).train.images, loaded(seed=3).train.images)
    assert not torch.equal(loaded(seed=3).train.images, loaded(seed=4).train.images)
    assert not torch.equal(loaded(seed=3).train.labels, loaded(seed=4).train.labels)


def test_the_form_says_what_was_done():
    assert loaded(copies=2, clean=True).form.endswith(
        "2 copies with 0.1 of the values black and the clean images, random labels"
    )


@pytest.mark.parametrize("wrong", [{"copies": 0}, {"share": -0.1}, {"share": 1.1}])
def test_impossible_copies_are_refused(wrong):
    with pytest.raises(SpecError, match=f"{next(iter(wrong))}={next(iter(wrong.values()))}"):
        MaskedCopies(data=DIGITS, **wrong)


def test_data_without_pixels_are_refused():
    points = GaussianClusters(classes=2, inputs=3, train=4, test=4, separation=1.0, seed=0)

    with pytest.raises(SpecError, match=r"got data of shape \(3,\)"):
        MaskedCopies(data=points)
