"""Convolutions that are projected in the middle of a training."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.linalg.rank_projection import rank_max, rank_min
from dltheory.models import MLP, ResNet
from dltheory.randomness import stream
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
        ("self._projected(weight.detach(), rounded, stride, layer.groups)", "weight.detach()"),
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


# ── matrices, and random directions of the same length ────────────────────────────────────────────

MLP_RECIPE = replace(RECIPE, model=MLP(hidden=(7, 5)))


def check_matrices(module):
    """The weight matrices of every seed are what their own singular values say."""
    found, before = stack(MLP_RECIPE), stack(MLP_RECIPE).parameters
    module.RankProjection(rank="max", level=0.3, after=(1,), layers="linear").project(
        found, (1, 8, 8)
    )
    for name in (name for name in before if name.endswith("weight")):
        left, values, right = torch.linalg.svd(before[name], full_matrices=False)
        expected = left @ torch.diag_embed(values.clamp(max=0.3)) @ right
        torch.testing.assert_close(found.parameters[name], expected, rtol=1e-9, atol=1e-10)
    biases = {name: value for name, value in before.items() if name.endswith("bias")}
    torch.testing.assert_close({name: found.parameters[name] for name in biases}, biases)


def test_matrices_are_clipped_where_there_are_no_convolutions():
    check_matrices(rank_projection)


def check_random(module):
    """As far as the projection in every layer and seed, and elsewhere, by the seed's own draws."""
    found, moved, before = stack(), stack(), stack()
    LOW.project(moved, (1, 8, 8))
    random = module.RankProjection(rank="min", level=0.5, after=(2,), direction="random")
    random.project(found, (1, 8, 8), [stream(seed, "projection/2") for seed in SEEDS])
    for ours, theirs, start_ in zip(*map(kernels, (found, moved, before)), strict=True):
        noise, step = (ours - start_).flatten(1), (theirs - start_).flatten(1)
        torch.testing.assert_close(noise.norm(dim=1), step.norm(dim=1))
        if step.norm() > 0:
            cosines = [*functional.cosine_similarity(noise, step), *one_with_other(noise)]
            assert max(abs(float(cosine)) for cosine in cosines) < 0.9


def one_with_other(noise):
    return functional.cosine_similarity(noise[:1], noise[1:])


def test_a_random_move_is_as_long_as_the_projection():
    check_random(rank_projection)


@pytest.mark.parametrize(
    ("check", "healthy", "faulty"),
    [
        (check_matrices, 'self.layers == "linear"', 'self.layers == "none"'),
        (check_random, "length[0] / length[1]", "length[0]"),
        (check_random, "generator=g)", "generator=torch.manual_seed(1))"),
        (check_random, "randn(shape, generator=g)", "ones(shape)"),
        (check_random, "return before + noise", "return after + noise"),
    ],
)
def test_a_fault_in_matrices_or_random_moves_is_noticed(check, healthy, faulty):
    with pytest.raises(AssertionError):
        check(mutant(rank_projection, healthy, faulty))


def test_a_training_moves_at_random_by_the_streams_of_its_seeds_and_epochs():
    recipe = replace(RECIPE, epochs=2, projection=replace(LOW, direction="random"))
    before = trained(replace(recipe, projection=None), examples(), SEEDS)
    draws = [stream(seed, "projection/2") for seed in SEEDS]
    recipe.projection.project(before.stack, (1, 8, 8), draws)

    after = trained(recipe, examples(), SEEDS)

    torch.testing.assert_close(
        after.stack.parameters, before.stack.parameters, rtol=1e-9, atol=1e-10
    )


def test_random_moves_without_generators_are_refused():
    with pytest.raises(SpecError, match="0 generators for 2 seeds"):
        replace(LOW, direction="random").project(stack(), (1, 8, 8))
