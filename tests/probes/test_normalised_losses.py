"""Losses, margins and outputs of normalised networks, against the networks themselves."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import ConvNet, PaddedResNet
from dltheory.probes import centred_margin as centred_margin_module
from dltheory.probes import divided_loss as divided_loss_module
from dltheory.probes import normalised_loss as normalised_loss_module
from dltheory.probes import smallest_margin as smallest_margin_module
from dltheory.probes import top_outputs as top_outputs_module
from dltheory.probes._batch_norm_folding import without_batch_norm
from dltheory.probes._homogeneous import normalised_by_layer
from dltheory.probes.centred_margin import centred_margin
from dltheory.probes.divided_loss import divided_loss
from dltheory.probes.loss import loss
from dltheory.probes.norm_product import norm_product
from dltheory.probes.normalised_loss import normalised_loss
from dltheory.probes.smallest_margin import smallest_margin
from dltheory.probes.top_outputs import top_outputs
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

X = torch.randn(30, 1, 8, 8, generator=stream(3, "data"), dtype=torch.float64)
Y = torch.randint(5, (30,), generator=stream(4, "data"))
OTHERS = torch.randn(6, 1, 8, 8, generator=stream(5, "data"), dtype=torch.float64)


def conv_net():
    spec = ConvNet(filters=(3, 4), strides=(2, 2), biases="first")
    with drawing_from(stream(1, "init")):
        return spec.build((1, 8, 8), 5).double().eval()


def resnet():
    with drawing_from(stream(1, "init")):
        return PaddedResNet(width=2, blocks=(1, 1)).build((1, 8, 8), 5).double().eval()


def by_hand(outputs, labels=Y):
    exponentials = np.exp(outputs.detach().numpy())
    own = exponentials[np.arange(len(labels)), labels.numpy()]
    return float(-np.log(own / exponentials.sum(axis=1)).mean())


# ── by layer ──────────────────────────────────────────────────────────────────────────────────────


def the_loss_is_that_of_the_unit_network(module, p=2.0, unit=1.0):
    network = normalised_by_layer(conv_net(), p=p, unit=unit).network

    found = module.normalised_loss(conv_net(), X, Y, p=p, unit=unit, batch=7)

    assert found == pytest.approx(by_hand(network(X)), rel=1e-12)


@pytest.mark.parametrize(("p", "unit"), [(2.0, 1.0), (1.0, 10.0), (3.0, 1.0), (math.inf, 1.0)])
def test_the_normalised_loss_is_that_of_the_unit_network(p, unit):
    the_loss_is_that_of_the_unit_network(normalised_loss_module, p, unit)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("exp(-torch", "exp(torch"),
        ('reduction="sum")', 'reduction="mean")'),
        ("p=p, first_bias=first_bias, unit", "first_bias=first_bias, unit"),
        ("first_bias=first_bias, unit=unit", "first_bias=False, unit=unit"),
        ("unit=unit, folded", "folded"),
        ("total / len(labels)", "total"),
    ],
    ids=["multiplied", "mean of means", "another norm", "no first bias", "no unit", "a sum"],
)
def test_faults_in_the_normalised_loss_are_noticed(healthy, faulty):
    broken = mutant(normalised_loss_module, healthy, faulty)
    with pytest.raises(AssertionError):
        the_loss_is_that_of_the_unit_network(broken, p=1.0, unit=10.0)


def test_folding_comes_before_the_norms():
    spec = ConvNet(filters=(3, 4), strides=(2, 2), hidden=(6,), batch_norm=True)
    with drawing_from(stream(1, "init")):
        model = spec.build((1, 8, 8), 5).double()
    model.train()(3 + 2 * X)
    model.eval()
    folded = without_batch_norm(model, dtype=torch.float64)
    torch.testing.assert_close(folded(X), model(X))

    found = normalised_loss(model, X, Y, folded=True)

    product = norm_product(folded, X, Y)
    assert found == pytest.approx(by_hand(folded(X) / product), rel=1e-12)
    assert found != pytest.approx(normalised_loss(model, X, Y), rel=1e-6)


def test_scaling_a_layer_leaves_the_normalised_loss_alone():
    model = conv_net()
    before = normalised_loss(model, X, Y)
    with torch.no_grad():
        model[-1].weight *= 1000

    assert normalised_loss(model, X, Y) == pytest.approx(before, rel=1e-12)
    assert loss(model, X, Y) > 10 * before


# ── margins and outputs ───────────────────────────────────────────────────────────────────────────


def the_centred_margin_is_that_by_hand(module):
    outputs = conv_net()(X).detach().numpy()
    own = outputs[np.arange(30), Y.numpy()]
    expected = float((own - outputs.mean(axis=1)).mean())
    product = norm_product(conv_net(), X, Y, p=1.0)

    assert module.centred_margin(conv_net(), X, Y, batch=7) == pytest.approx(expected, rel=1e-12)
    found = module.centred_margin(conv_net(), X, Y, normalised=True, p=1.0)
    assert found == pytest.approx(expected / product, rel=1e-12)


def test_the_centred_margin_is_that_by_hand():
    the_centred_margin_is_that_by_hand(centred_margin_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("outputs.mean(dim=1)", "outputs.amax(dim=1)"),
        ("-margin.new_tensor(log)", "margin.new_tensor(log)"),
        ("total / len(labels)", "total"),
        ("p=p, first_bias", "first_bias"),
    ],
    ids=["another centre", "multiplied", "a sum", "another norm"],
)
def test_faults_in_the_centred_margin_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        the_centred_margin_is_that_by_hand(mutant(centred_margin_module, healthy, faulty))


def test_near_zero_the_loss_is_chance_minus_the_centred_margin():
    model = conv_net()
    with torch.no_grad():
        model[-1].weight *= 1e-5

    expected = math.log(5) - centred_margin(model, X, Y)

    assert loss(model, X, Y) == pytest.approx(expected, abs=1e-10)


def the_smallest_margin_is_that_by_hand(module):
    outputs = conv_net()(X).detach().numpy()
    rows = np.arange(30)
    others = outputs.copy()
    others[rows, Y.numpy()] = -np.inf
    expected = float((outputs[rows, Y.numpy()] - others.max(axis=1)).min())

    assert module.smallest_margin(conv_net(), X, Y) == pytest.approx(expected, rel=1e-12)
    found = module.smallest_margin(conv_net(), X, Y, normalised=True)
    assert found == pytest.approx(expected / norm_product(conv_net(), X, Y), rel=1e-12)


def test_the_smallest_margin_is_that_by_hand():
    the_smallest_margin_is_that_by_hand(smallest_margin_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [("margins.min()", "margins.abs().min()"), ("normalised=normalised,", "normalised=False,")],
)
def test_faults_in_the_smallest_margin_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        the_smallest_margin_is_that_by_hand(mutant(smallest_margin_module, healthy, faulty))


def the_top_outputs_are_those_of_the_unit_network(module):
    expected = normalised_by_layer(conv_net()).network(X[:11]).detach().amax(dim=1)

    found = module.top_outputs(conv_net(), X, Y, points=11, normalised=True, batch=4)

    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-14)
    raw = module.top_outputs(conv_net(), X, Y)
    torch.testing.assert_close(raw, conv_net()(X).detach().amax(dim=1))


def test_the_top_outputs_are_those_of_the_unit_network():
    the_top_outputs_are_those_of_the_unit_network(top_outputs_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [("amax(dim=1)", "amin(dim=1)"), ("images[:points]", "images"), ("-outputs.", "outputs.")],
)
def test_faults_in_the_top_outputs_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        the_top_outputs_are_those_of_the_unit_network(mutant(top_outputs_module, healthy, faulty))


# ── by one image ──────────────────────────────────────────────────────────────────────────────────


def the_loss_is_that_of_divided_outputs(module):
    for model in (conv_net(), resnet()):
        size = float(model(OTHERS[2:3]).detach().norm())

        found = module.divided_loss(model, X, Y, train_images=OTHERS, image=2, by=3.0, batch=7)

        assert found == pytest.approx(by_hand(model(X) / (3 * size)), rel=1e-12)
    found = module.divided_loss(conv_net(), X, Y, train_images=OTHERS, image=None, by=3.0)
    assert found == pytest.approx(by_hand(conv_net()(X) / 3), rel=1e-12)


def test_the_divided_loss_is_that_of_divided_outputs():
    the_loss_is_that_of_divided_outputs(divided_loss_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("train_images[image : image + 1]", "images[image : image + 1]"),
        ("(size * by)", "size"),
        ("total / len(labels)", "total"),
        ("size = 1.0", "size = 2.0"),
    ],
    ids=["an image of the split", "by forgotten", "a sum", "another constant"],
)
def test_faults_in_the_divided_loss_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        the_loss_is_that_of_divided_outputs(mutant(divided_loss_module, healthy, faulty))


def test_a_residual_network_divided_does_not_mind_the_scale_of_its_last_layer():
    model = resnet()
    with torch.no_grad():
        model[-1].bias.zero_()
    before = divided_loss(model, X, Y, train_images=OTHERS)
    with torch.no_grad():
        model[-1].weight *= 50

    assert divided_loss(model, X, Y, train_images=OTHERS) == pytest.approx(before, rel=1e-12)


def test_an_image_that_is_not_there_is_refused():
    with pytest.raises(SpecError, match=r"one of 6 training images; got image 6. Count from 0"):
        divided_loss(conv_net(), X, Y, train_images=OTHERS, image=6)


def test_one_output_is_that_of_two_classes():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 1, bias=False)).double()
    labels = Y % 2
    f = model(X).detach()[:, 0]

    signs = 2 * labels - 1
    assert centred_margin(model, X, labels) == pytest.approx(float((signs * f / 2).mean()))
    torch.testing.assert_close(top_outputs(model, X, labels), f.clamp(min=0))
    assert smallest_margin(model, X, labels) == pytest.approx(float((signs * f).min()))
