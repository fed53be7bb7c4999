import pytest
import torch
import torch.nn.functional as F

from dltheory.data import CIFAR10, CropAndFlip
from dltheory.randomness import stream


@pytest.fixture
def images():
    return torch.randn(40, 3, 7, 5, generator=stream(0, "data"))


def draw(augmentation, count, seed=0):
    return augmentation.draw(count, stream(seed, "augmentation/0"))


def one_by_one(images, offsets, flips, padding, fill):
    """Pad with F.pad, slice and mirror, image by image and channel by channel."""
    results = []
    for image, (row, column), mirrored in zip(images, offsets.tolist(), flips, strict=True):
        channels = [
            F.pad(channel, [padding] * 4, value=value)
            for channel, value in zip(image, fill, strict=True)
        ]
        height, width = image.shape[-2:]
        crop = torch.stack(channels)[:, row : row + height, column : column + width]
        results.append(torch.fliplr(crop.permute(1, 2, 0)).permute(2, 0, 1) if mirrored else crop)
    return torch.stack(results)


@pytest.mark.parametrize("padding", [0, 1, 4, 9])
@pytest.mark.parametrize("fill", [(0.0, 0.0, 0.0), CIFAR10().black], ids=["zero", "black"])
def test_the_batch_equals_padding_slicing_and_mirroring_one_by_one(padding, fill, images):
    augmentation = CropAndFlip(padding=padding)
    offsets, flips = draw(augmentation, 40)

    result = augmentation.apply(images, offsets, flips, fill)

    assert torch.equal(result, one_by_one(images, offsets, flips, padding, fill))


@pytest.mark.parametrize("fill", [0.5, torch.full((3,), 0.5), (0.5, 0.5, 0.5)], ids=type)
def test_a_fill_is_a_number_or_one_per_channel(fill, images):
    augmentation = CropAndFlip(padding=2)
    offsets, flips = draw(augmentation, 40)

    result = augmentation.apply(images, offsets, flips, fill)

    assert torch.equal(result, one_by_one(images, offsets, flips, 2, (0.5, 0.5, 0.5)))


def test_each_image_alone_gives_the_same_as_in_the_batch(images):
    augmentation = CropAndFlip()
    offsets, flips = draw(augmentation, 40)

    batch = augmentation.apply(images, offsets, flips)

    alone = [
        augmentation.apply(images[i : i + 1], offsets[i : i + 1], flips[i : i + 1])
        for i in range(40)
    ]
    assert torch.equal(batch, torch.cat(alone))


def test_a_leading_seed_axis_gives_what_each_seed_gives_alone(images):
    augmentation = CropAndFlip()
    draws = [draw(augmentation, 40, seed) for seed in range(3)]
    offsets, flips = (torch.stack(parts) for parts in zip(*draws, strict=True))

    together = augmentation.apply(images.expand(3, *images.shape), offsets, flips)

    alone = torch.stack([augmentation.apply(images, *drawn) for drawn in draws])
    assert torch.equal(together, alone)


def test_a_single_image_needs_no_leading_axis(images):
    augmentation = CropAndFlip()
    drawn = draw(augmentation, 1)

    assert torch.equal(
        augmentation.apply(images[0], *drawn), augmentation.apply(images[:1], *drawn)[0]
    )


def test_the_middle_offset_without_flip_changes_nothing(images):
    offsets, flips = torch.full((40, 2), 4), torch.zeros(40, dtype=torch.bool)
    assert torch.equal(CropAndFlip(padding=4).apply(images, offsets, flips), images)


def test_the_images_given_are_left_alone(images):
    before = images.clone()
    augmentation = CropAndFlip()
    augmentation.apply(images, *draw(augmentation, 40), fill=7.0)

    assert torch.equal(images, before)


def test_draws_are_fixed_by_the_generator():
    first, again, other = (draw(CropAndFlip(), 100, seed) for seed in (0, 0, 1))

    assert all(map(torch.equal, first, again))
    assert not any(map(torch.equal, first, other))


def test_offsets_do_not_depend_on_whether_images_are_mirrored():
    mirrored, plain = draw(CropAndFlip(), 100), draw(CropAndFlip(flip=False), 100)

    assert torch.equal(mirrored[0], plain[0])
    assert not plain[1].any()


def test_every_offset_is_equally_likely_and_half_the_images_are_mirrored():
    offsets, flips = draw(CropAndFlip(padding=1), 90_000)
    counts = (3 * offsets[:, 0] + offsets[:, 1]).bincount(minlength=9)

    assert (counts - 10_000).abs().max() < 5 * (90_000 * 1 / 9 * 8 / 9) ** 0.5
    assert abs(flips.sum().item() - 45_000) < 5 * 150


@pytest.mark.parametrize("count", [39, 41])
def test_another_number_of_draws_than_images_is_refused(count, images):
    with pytest.raises(ValueError, match=rf"got 40 images, offsets of shape \({count}, 2\) and"):
        CropAndFlip().apply(images, *draw(CropAndFlip(), count))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_result_is_the_same_on_cuda(images):
    augmentation = CropAndFlip()
    drawn = draw(augmentation, 40)
    on_device = augmentation.apply(images.cuda(), *drawn, fill=(1.0, 2.0, 3.0))

    assert on_device.is_cuda
    assert torch.equal(on_device.cpu(), augmentation.apply(images, *drawn, fill=(1.0, 2.0, 3.0)))
