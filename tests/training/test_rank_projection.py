"""Convolutions that are projected in the middle of a training."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.linalg.rank_projection import rank_max, rank_min
from dltheory.models import ResNet
from dltheory.training import SGD, RankProjection, rank_projection
from tests.mutation import mutant
from tests.training.plain_loop import Recipe, start, trained

SEEDS = (4, 0)
LOW = RankProjection(rank="min", level=0.5, after=(2,))
RECIPE = Recipe(
    model=ResNet(width=3, blocks=(1, 1)),
    optimiser=SGD(learning_rate=0.1, momentum=0.9, batch_size=7),
    epochs=4,
    projection=LOW,
)
SIZES = (8, 8, 8, 8, 4, 8)  # stem; block; strided block and its shortcut
STRIDES = (1, 1, 1, 2, 1, 2)


def examples():
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(20, 1, 8, 8, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (20,), generator=generator)


def stack(recipe=RECIPE):
    return start(recipe, examples()[0], SEEDS).stack


def kernels(of):
    return [value for value in of.parameters.values() if value.ndim == 5]


def check_projected(module, **options):
    """Every convolution of each seed is what projecting it alone gives."""
    found = stack()
    module.RankProjection(**{"rank": "min", "level": 0.5, "after": (2,)} | options).project(
        found, (1, 8, 8)
    )
    project = rank_max if options.get("rank") == "max" else rank_min
    level = {"largest" if options.get("rank") == "max" else "threshold": options.get("level", 0.5)}
    for before, after, size, stride in zip(
        kernels(stack()), kernels(found), SIZES, STRIDES, strict=True
    ):
        for seed in range(2):
            alone = project(before[seed], (size, size), stride=(stride, stride), **level)
            torch.testing.assert_close(after[seed], alone.kernel, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("rank", ["min", "max"])
@pytest.mark.parametrize("level", [0.3, 1.0])
def test_every_convolution_of_every_seed_is_projected_at_its_own_size(rank, level):
    check_projected(rank_projection, rank=rank, level=level)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ('self.rank == "min"', 'self.rank == "max"'),
        ("(layer.stride[0], layer.stride[1]) if self.strides", "(1, 1) if self.strides"),
        ("(inputs[0].shape[-2], inputs[0].shape[-1])", "(4, 4)"),
        ("weight.data.copy_(found.kernel)", "found.kernel"),
        ("threshold=self.level", "threshold=2 * self.level"),
    ],
)
def test_a_fault_in_the_projection_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        check_projected(mutant(rank_projection, healthy, faulty))


def test_the_authors_layers_are_the_3x3_ones_without_the_first():
    found = stack()

    replace(LOW, layers="inner 3x3").project(found, (1, 8, 8))

    same = [torch.equal(a, b) for a, b in zip(kernels(stack()), kernels(found), strict=True)]
    assert same == [True, False, False, False, False, True]


def test_grids_and_strides_may_be_those_of_the_authors_code():
    found = stack()

    replace(LOW, layers="inner 3x3", grid=(9, 9, 7, 7), strides=False).project(found, (1, 8, 8))

    before, after = kernels(stack())[3][1], kernels(found)[3][1]
    torch.testing.assert_close(after, rank_min(before, (7, 7), threshold=0.5).kernel)


def test_other_parameters_are_left_alone():
    found = stack()

    LOW.project(found, (1, 8, 8))

    others = {k: v for k, v in stack().parameters.items() if v.ndim != 5}
    torch.testing.assert_close({k: found.parameters[k] for k in others}, others, rtol=0, atol=0)


def test_the_mode_and_hooks_of_the_skeleton_are_left_alone():
    found = stack()
    found.skeleton.train()

    LOW.project(found, (1, 8, 8))

    assert found.skeleton.training
    assert not any(module._forward_pre_hooks for module in found.skeleton.modules())


def test_a_training_is_projected_after_the_epoch_that_is_named():
    before = trained(replace(RECIPE, epochs=2, projection=None), examples(), SEEDS)
    LOW.project(before.stack, (1, 8, 8))

    after = trained(replace(RECIPE, epochs=2), examples(), SEEDS)

    torch.testing.assert_close(
        after.stack.parameters, before.stack.parameters, rtol=1e-9, atol=1e-10
    )


def test_a_training_goes_on_after_a_projection():
    projected = trained(RECIPE, examples(), SEEDS).stack.parameters

    never = trained(replace(RECIPE, projection=None), examples(), SEEDS).stack.parameters

    assert all((projected[k] - never[k]).abs().max() > 0 for k in never)


@given(st.permutations(range(2)))
def test_seeds_do_not_touch_each_other(order):
    found = stack()
    found.parameters = {k: v[list(order)] for k, v in found.parameters.items()}
    LOW.project(found, (1, 8, 8))

    expected = stack()
    LOW.project(expected, (1, 8, 8))
    expected = {k: v[list(order)] for k, v in expected.parameters.items()}
    torch.testing.assert_close(found.parameters, expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("wrong", [{"level": 0.0}, {"after": ()}, {"after": (0, 1)}])
def test_an_impossible_projection_is_refused(wrong):
    with pytest.raises(SpecError, match="positive level and epochs"):
        replace(LOW, **wrong)


def test_a_wrong_number_of_grids_is_refused():
    with pytest.raises(SpecError, match="one grid for each of 6 convolutions; got 2"):
        replace(LOW, grid=(8, 8)).project(stack(), (1, 8, 8))
