"""Each probe against a second way to the same number."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from dltheory.models import MLP, ResNet
from dltheory.probes.accuracy import accuracy
from dltheory.probes.gradient_cosines import gradient_cosines, minibatch_gradients
from dltheory.probes.loss import loss
from dltheory.probes.squared_norm import squared_norm
from dltheory.randomness import drawing_from, stream

LOGITS = torch.tensor([[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [1.0, 0.0, 0.5], [0.0, 0.0, 9.0]])
LABELS = torch.tensor([0, 1, 2, 0])
ITSELF = torch.nn.Identity()


def network(model=None):
    with drawing_from(stream(1, "init")):
        return (model or MLP(hidden=(6,))).build((2, 4, 4), 3).double()


def data(count=20):
    generator = stream(2, "data")
    images = torch.randn(count, 2, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


# ── loss and accuracy ─────────────────────────────────────────────────────────────────────────


def test_accuracy_is_the_fraction_of_labels_with_the_largest_logit():
    assert accuracy(ITSELF, LOGITS, LABELS) == 0.5


def test_the_loss_is_the_mean_of_minus_log_softmax():
    by_hand = [
        math.log(math.exp(2) + 2) - 2,
        math.log(math.exp(3) + 2) - 3,
        math.log(math.exp(1) + 1 + math.exp(0.5)) - 0.5,
        math.log(math.exp(9) + 2),
    ]

    assert loss(ITSELF, LOGITS.double(), LABELS) == pytest.approx(sum(by_hand) / 4, rel=1e-14)


@given(st.floats(-50, 50), st.integers(1, 4))
def test_a_constant_on_all_logits_changes_neither_loss_nor_accuracy(shift, batch):
    moved = LOGITS.double() + shift

    assert accuracy(ITSELF, moved, LABELS, batch=batch) == 0.5
    assert loss(ITSELF, moved, LABELS, batch=batch) == pytest.approx(
        loss(ITSELF, LOGITS.double(), LABELS), rel=1e-12
    )


@given(st.permutations(range(4)))
def test_the_order_of_examples_does_not_matter(order):
    order = torch.tensor(order)

    assert loss(ITSELF, LOGITS[order], LABELS[order]) == pytest.approx(
        loss(ITSELF, LOGITS, LABELS), rel=1e-6
    )


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_equal_logits_have_the_loss_of_guessing(classes):
    zeros = torch.zeros(5, classes, dtype=torch.float64)

    assert loss(ITSELF, zeros, torch.arange(5) % classes) == pytest.approx(math.log(classes))


def test_the_loss_uses_the_running_statistics():
    model = network(ResNet(width=2, blocks=(1,)))
    expected = functional.cross_entropy(model.eval()(data()[0]), data()[1])

    assert loss(model.train(), *data()) == pytest.approx(float(expected.detach()), rel=1e-12)


# ── squared norm ──────────────────────────────────────────────────────────────────────────────


def test_the_squared_norm_counts_weights_and_biases():
    layer = torch.nn.Linear(2, 1)
    layer.weight.data, layer.bias.data = torch.tensor([[1.0, 2.0]]), torch.tensor([3.0])

    assert squared_norm(layer, *data()) == 14


def test_the_squared_norm_counts_scales_and_no_running_statistics():
    layer = torch.nn.BatchNorm2d(5)
    layer.running_mean.fill_(100)

    assert squared_norm(layer, *data()) == 5


@given(st.floats(0, 1e6))
def test_the_squared_norm_is_homogeneous(factor):
    model = network()
    before = squared_norm(model, *data())

    for parameter in model.parameters():
        parameter.data *= factor

    assert squared_norm(model, *data()) == pytest.approx(factor**2 * before, rel=1e-12)


# ── gradient cosines ──────────────────────────────────────────────────────────────────────────


def gradient(model, batch):
    images, labels = data()
    mean_loss = functional.cross_entropy(model.eval()(images[batch]), labels[batch])
    return torch.cat([g.flatten() for g in torch.autograd.grad(mean_loss, model.parameters())])


def cosine(model, batches):
    one, other = (gradient(model, batch) for batch in batches)
    return float(one @ other / (one.norm() * other.norm()))


@pytest.mark.parametrize("model", [MLP(hidden=(6,)), ResNet(width=2, blocks=(1,))], ids=repr)
@pytest.mark.parametrize("together", [1, 3, 16])
def test_gradient_cosines_equal_those_of_plain_autograd(model, together):
    model, generator = network(model), stream(0, "probe")
    draws = [torch.randperm(20, generator=generator)[:5] for _ in range(8)]

    found = gradient_cosines(
        model, *data(), generator=stream(0, "probe"), pairs=4, batch=5, together=together
    )

    expected = [cosine(model, draws[i : i + 2]) for i in (0, 2, 4, 6)]
    assert found.tolist() == pytest.approx(expected, rel=1e-10)


def test_minibatch_gradients_are_those_of_the_mean_loss():
    batches = torch.tensor([[0, 1, 2], [5, 4, 9]])

    found = minibatch_gradients(network(), *data(), batches)

    torch.testing.assert_close(found, torch.stack([gradient(network(), b) for b in batches]))


def test_gradients_over_the_whole_data_set_agree():
    cosines = gradient_cosines(network(), *data(), generator=stream(0, "probe"), pairs=3, batch=20)

    assert cosines.tolist() == pytest.approx([1, 1, 1])


@given(st.integers(0, 1000))
def test_cosines_lie_between_minus_one_and_one(seed):
    cosines = gradient_cosines(network(), *data(), generator=stream(seed, "p"), pairs=2, batch=1)

    assert cosines.abs().max() <= 1 + 1e-12


def test_opposed_labels_make_opposed_gradients():
    model = torch.nn.Linear(1, 2).double()
    model.weight.data.zero_(), model.bias.data.zero_()
    images, labels = torch.ones(2, 1, dtype=torch.float64), torch.tensor([0, 1])

    cosines = gradient_cosines(model, images, labels, generator=stream(0, "p"), pairs=20, batch=1)

    assert set(cosines.round().tolist()) == {-1.0, 1.0}
