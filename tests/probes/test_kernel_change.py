"""The change of the tangent kernel against kernels from dense Jacobians and numpy's formulas."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from dltheory.models.wide_resnet import WideResNet
from dltheory.probes import kernel_change as module
from dltheory.probes.kernel_change import kernel_change
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant
from tests.probes.promises import require_same, traces
from tests.probes.tangent_networks import CLASSES, MODES, SHAPE, dense_kernel, images, trained

FEW = 5


def wide_resnet(seed):
    with drawing_from(stream(seed, "init")):
        return trained(WideResNet(stem=2, blocks=1).build(SHAPE, CLASSES))


def labels(count):
    return torch.randint(CLASSES, (count,), generator=stream(4, "data"))


def examples():
    """As many as are drawn: the order alone depends on the draw, which changes none of the sums."""
    return images(), labels(FEW)


def expected(initial, model, mode):
    x, y = (dense_kernel(net, images(), mode).numpy().ravel() for net in (initial, model))
    factor = float(x @ y / (x @ x))
    return {
        "relative change": np.linalg.norm(y - x) / np.linalg.norm(x),
        "correlation": np.corrcoef(x, y)[0, 1],
        "cosine": x @ y / np.sqrt((x @ x) * (y @ y)),
        "factor": factor,
        "share": 1 - np.sum((y - factor * x) ** 2) / np.sum((y - x) ** 2),
        "norm before": np.linalg.norm(x),
        "norm after": np.linalg.norm(y),
    }


PLACES = dict(
    zip(
        ("relative change", "correlation", "cosine", "factor", "share"),
        range(5),
        strict=True,
    )
) | {"norm before": 6, "norm after": 7}


def require_definitions(probe, mode="eval"):
    initial, model = wide_resnet(1), wide_resnet(2)

    found = probe(model, *examples(), initial=initial, mode=mode, points=FEW)

    values = expected(initial, model, mode)
    assert {n: float(found[i]) for n, i in PLACES.items()} == pytest.approx(values, rel=1e-9)


@pytest.mark.filterwarnings("ignore:There is a performance drop")  # jacrev's, not the probe's
@pytest.mark.parametrize("mode", MODES)
def test_each_number_follows_its_definition(mode):
    require_definitions(kernel_change, mode)


def kernels_taken(monkeypatch, **options):
    """The images that the kernel is taken on, and what batch normalisation is calibrated on."""
    seen = []

    def spy(network, chosen, *_, calibration, **__):
        seen.append((network, chosen, calibration))
        kernel = torch.randn(len(chosen), len(chosen), 2, 2, generator=stream(1, "data"))
        return kernel.double()

    monkeypatch.setattr(module, "tangent_kernel", spy)
    initial, model = nn.Identity(), nn.Identity()
    kernel_change(model, images(300), labels(300), initial=initial, **options)
    (before, first, calibration), (after, second, _) = seen
    assert before is initial
    assert after is model
    assert torch.equal(first, second)
    return first, calibration


def test_draw_0_takes_the_lowest_labels_of_the_first_128(monkeypatch):
    chosen, _ = kernels_taken(monkeypatch, draw=0, points=60)

    first = labels(300)[:128]
    order = [i for label in range(CLASSES) for i in range(128) if first[i] == label]
    assert torch.equal(chosen, images(300)[order[:60]])


def test_other_draws_are_random_and_each_is_always_the_same(monkeypatch):
    one, again, other = (kernels_taken(monkeypatch, draw=d, points=25)[0] for d in (1, 1, 2))

    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert len(one) == 25
    places = [(images(300) == image).flatten(1).all(1).nonzero().item() for image in one]
    assert len(set(places)) == 25
    assert max(places) >= 128


def test_calibration_takes_all_of_few_images(monkeypatch):
    _, calibration = kernels_taken(monkeypatch, mode="calibrated")

    assert torch.equal(calibration, images(300))


def test_the_random_kernel_is_as_large_and_has_nothing_to_do_with_the_first():
    model, initial = wide_resnet(2), wide_resnet(1)

    found = kernel_change(model, *examples(), initial=initial, points=FEW)

    kernel = dense_kernel(model, images())
    random = module._random_kernel(kernel)
    size = len(kernel) * CLASSES
    matrix = random.permute(0, 2, 1, 3).reshape(size, size)
    assert float(random.norm()) == pytest.approx(float(kernel.norm()))
    assert float(torch.linalg.eigvalsh(matrix).min()) > -1e-9 * float(matrix.trace())
    before = dense_kernel(initial, images()).numpy().ravel()
    cosine = random.numpy().ravel() @ before / np.linalg.norm(before) / float(random.norm())
    growth = float(found[7] / found[6])
    share = (cosine * growth - 1) ** 2 / (1 + growth**2 - 2 * cosine * growth)
    assert float(found[5]) == pytest.approx(share, rel=0.2)  # images in another order


def test_a_network_that_has_not_moved_has_not_changed():
    model = wide_resnet(1)

    found = kernel_change(model, *examples(), initial=copy.deepcopy(model), points=FEW)

    assert float(found[0]) == 0
    assert float(found[1]) == pytest.approx(1)
    assert float(found[6]) == float(found[7])


def test_the_initial_network_is_left_without_a_trace():
    model, initial = wide_resnet(1), wide_resnet(2).train()
    data = examples()
    before = traces(initial, *data)

    for mode in MODES:
        kernel_change(model, *data, initial=initial, mode=mode, points=FEW)

    require_same(traces(initial, *data), before)


FAULTS = {
    "before and after swapped": ("in (initial, model)", "in (model, initial)"),
    "another mode": (
        "            mode=mode,\n",
        '            mode="train",\n',
    ),
    "cosine for correlation": (
        "            correlation(before, after),",
        "            cosine(before, after),",
    ),
    "factor and share swapped": (
        "            rescaling.factor,\n            rescaling.share,",
        "            rescaling.share,\n            rescaling.factor,",
    ),
    "one image forgotten": ("[_drawn(labels, points, draw)", "[_drawn(labels, points - 1, draw)"),
}


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault):
    with pytest.raises(AssertionError):
        require_definitions(mutant(module, *FAULTS[fault]).kernel_change)
