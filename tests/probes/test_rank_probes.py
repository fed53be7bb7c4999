"""Probes of the claims on rank: shuffled and cropped kernels, robust accuracy block by block."""

import pytest
import torch

from dltheory.errors import SpecError
from dltheory.linalg.rank_projection import rank_max, rank_min
from dltheory.models import MLP, ResNet
from dltheory.probes import cropped_projections, pgd_accuracy_by_block, shuffled_effective_ranks
from dltheory.probes.accuracy import accuracy
from dltheory.probes.effective_ranks import effective_ranks
from dltheory.probes.pgd_accuracy import pgd_accuracy
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

SIZES = ((6, 1), (6, 1), (6, 1), (6, 2), (3, 1), (6, 2))  # map and stride of each convolution


def network(spec=None):
    with drawing_from(stream(1, "init")):
        return (spec or ResNet(width=3, blocks=(1, 1))).build((2, 6, 6), 3).double()


def data(count=40):
    images = torch.randn(count, 2, 6, 6, generator=stream(2, "data"), dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=stream(3, "data"))


def kernels(model):
    return [m.weight.detach() for m in model.modules() if isinstance(m, torch.nn.Conv2d)]


# ── cropped_projections ───────────────────────────────────────────────────────────────────────────


def each_row_is_that_of_the_projection(module, rank):
    model = network()
    found = module.cropped_projections(model, *data(), rank=rank, level=0.6).view(4, -1)
    assert found.shape == (4, 7)  # six convolutions and the head
    for column, (kernel, (size, stride)) in enumerate(zip(kernels(model), SIZES, strict=True)):
        option = {"threshold" if rank == "min" else "largest": 0.6}
        project = rank_min if rank == "min" else rank_max
        alone = project(kernel, (size, size), stride=(stride, stride), **option)
        expected = [*alone.effective_ranks, alone.kept]
        torch.testing.assert_close(found[:, column], torch.stack(expected))
    torch.testing.assert_close(found[0], effective_ranks(model, *data()))


@pytest.mark.parametrize("rank", ["min", "max"])
def test_cropped_projections_are_those_of_each_kernel_on_its_own_map(rank):
    each_row_is_that_of_the_projection(cropped_projections, rank)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("at.kernel, at.grid", "at.kernel, (12, 12)"),
        ("stride=at.stride", "stride=(1, 1)"),
        ("dim=1).flatten()", "dim=0).flatten()"),
        ('else "largest": level', 'else "largest": 0.5'),
    ],
)
def test_a_fault_in_cropped_projections_is_noticed(healthy, faulty):
    broken = mutant(cropped_projections, healthy, faulty)

    with pytest.raises(AssertionError):
        each_row_is_that_of_the_projection(broken, "max")


def test_nothing_of_the_move_of_a_matrix_is_cropped():
    found = cropped_projections.cropped_projections(network(MLP(hidden=(8,))), *data())

    torch.testing.assert_close(found.view(4, -1)[3], torch.ones(2, dtype=torch.float64))


# ── shuffled_effective_ranks ──────────────────────────────────────────────────────────────────────


def structure_goes_and_sizes_stay(module):
    """A rank of one goes when its entries are dealt anew; that of equal entries cannot."""
    model = network(MLP(hidden=(20,)))
    with torch.no_grad():
        model[1].weight.copy_(torch.outer(torch.arange(1.0, 21), torch.arange(-36.0, 36)))
        model[3].weight.fill_(0.7)
    found = module.shuffled_effective_ranks(model, *data(), generator=stream(5, "probe"))
    assert found[0] > 3
    torch.testing.assert_close(found[1], torch.ones_like(found[1]))
    torch.testing.assert_close(model[3].weight, torch.full_like(model[3].weight, 0.7))
    assert torch.linalg.matrix_rank(model[1].weight) == 1


def test_shuffling_takes_structure_away_and_leaves_sizes():
    structure_goes_and_sizes_stay(shuffled_effective_ranks)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("weight.flatten()[order]", "weight.flatten()"),
        ("weight.flatten()[order]", "order.to(weight)"),
        ("plain_copy(model)", "model"),
    ],
)
def test_a_fault_in_shuffling_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        structure_goes_and_sizes_stay(mutant(shuffled_effective_ranks, healthy, faulty))


# ── pgd_accuracy_by_block ─────────────────────────────────────────────────────────────────────────


def by_block(module, **options):
    options = {"box": None, "blocks": 8} | options
    return module.pgd_accuracy_by_block(
        network(MLP(hidden=(16,))), *data(400), generator=stream(3, "probe"), **options
    )


def blocks_are_parts_of_the_whole(module):
    budget = {"epsilon": 0.3, "step": 0.1, "steps": 1, "restarts": 5}
    found = by_block(module, **budget)
    whole = pgd_accuracy(
        network(MLP(hidden=(16,))), *data(400), generator=stream(3, "probe"), box=None, **budget
    )
    assert found.shape == (8,)
    assert float(found.mean()) == pytest.approx(whole.accuracy)
    images, labels = data(400)
    clean = [
        accuracy(network(MLP(hidden=(16,))), images[i : i + 50], labels[i : i + 50])
        for i in range(0, 400, 50)
    ]
    torch.testing.assert_close(by_block(module, epsilon=0.0), torch.tensor(clean).double())
    assert 0 < float(found.mean()) < sum(clean) / 8


def test_blocks_together_have_the_robust_accuracy_and_without_length_their_own():
    blocks_are_parts_of_the_whole(pgd_accuracy_by_block)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("attacked.withstood", "(1 - attacked.withstood)"),
        ("view(blocks, -1)", "view(-1, blocks).mT"),
        ("restarts=restarts if", "restarts=1 if"),
        ("epsilon=epsilon,", "epsilon=epsilon / 2,"),
    ],
)
def test_a_fault_in_blocks_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        blocks_are_parts_of_the_whole(mutant(pgd_accuracy_by_block, healthy, faulty))


def test_how_images_are_batched_changes_nothing():
    budget = {"epsilon": 0.2, "step": 0.05, "steps": 3}

    torch.testing.assert_close(
        by_block(pgd_accuracy_by_block, batch=7, **budget),
        by_block(pgd_accuracy_by_block, **budget),
    )


@pytest.mark.parametrize("blocks", [0, 3, 800])
def test_blocks_of_different_size_are_refused(blocks):
    with pytest.raises(SpecError, match="equally large"):
        by_block(pgd_accuracy_by_block, blocks=blocks)
