"""Normalisation by layer and by one image."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import _homogeneous
from dltheory.probes._batch_norm_folding import without_batch_norm
from dltheory.probes._homogeneous import normalised_by_layer, normalised_by_one_image
from dltheory.probes.layer_norms import layer_norms
from dltheory.probes.norm_product import norm_product
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

LABELS = torch.zeros(9, dtype=torch.int64)


def images(count=9):
    return 3 * torch.randn(count, 2, 4, 4, generator=stream(2, "data"), dtype=torch.float64)


def conv_net(*, hidden_bias=False):
    """The shape of liao2020puzzles, appendix L.1: biases in the first layer alone."""
    with drawing_from(stream(1, "init")):
        model = nn.Sequential(
            nn.Conv2d(2, 3, 2), nn.ReLU(),
            nn.Sequential(nn.Conv2d(3, 4, 2, bias=hidden_bias), nn.ReLU(), nn.Dropout(0.5)),
            nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 3, bias=False),
        )  # fmt: skip
    return model.double().eval()


def outputs_are_a_product(module, p=2.0, unit=1.0):
    model, untouched = conv_net(), conv_net()

    normalised, norms = module.normalised_by_layer(model, p=p, unit=unit)

    torch.testing.assert_close(
        model(images()), norms.prod() * normalised(images()), rtol=1e-11, atol=1e-11
    )
    assert norms.prod() == pytest.approx(
        norm_product(model, images(), LABELS, p=p, unit=unit), rel=1e-12
    )
    torch.testing.assert_close(
        layer_norms(normalised, images(), LABELS, p=p), torch.full((3,), unit).double()
    )
    torch.testing.assert_close(
        dict(model.state_dict()), dict(untouched.state_dict()), rtol=0, atol=0
    )


@pytest.mark.parametrize(("p", "unit"), [(2.0, 1.0), (1.0, 100.0), (3.0, 1.0)])
def test_a_network_is_the_product_of_its_norms_times_one_of_unit_layers(p, unit):
    outputs_are_a_product(_homogeneous, p, unit)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("parameter.double() / norm", "parameter.double() / norm.square()"),
        ("in twins[name].parameters():", "in [twins[name].weight]:"),
        ("plain_copy(model)", "model"),
        ("nothing.long(), p=p, unit=unit)", "nothing.long(), p=p, unit=unit, first_bias=False)"),
        ("nothing.long(), p=p, unit=unit)", "nothing.long(), p=p).flip(0)"),
    ],
    ids=["squared norm", "first bias kept", "not a copy", "bias not in the norm", "order"],
)
def test_faults_in_normalisation_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        outputs_are_a_product(mutant(_homogeneous, healthy, faulty))


@given(st.integers(0, 1000), st.sampled_from([1.0, 2.0, 7.0]))
def test_normalising_changes_no_classification(seed, p):
    x = torch.randn(50, 2, 4, 4, generator=stream(seed, "data"), dtype=torch.float64)

    normalised = normalised_by_layer(conv_net(), p=p).network

    assert torch.equal(normalised(x).argmax(dim=1), conv_net()(x).argmax(dim=1))


def test_hidden_biases_would_break_the_product():
    model = conv_net(hidden_bias=True)
    with pytest.raises(SpecError, match=r"got 3 layers, 1 hidden ones with biases \['2.0'\]"):
        normalised_by_layer(model)

    divided = copy.deepcopy(model)
    norms = layer_norms(model, images(), LABELS)
    with torch.no_grad():
        for norm, place in zip(norms, (divided[0], divided[2][0], divided[5]), strict=True):
            for parameter in place.parameters():
                parameter /= norm

    outputs = model(images()).detach()
    gap = outputs - norms.prod() * divided(images()).detach()
    assert float(gap.abs().max() / outputs.abs().max()) > 0.01


def test_hidden_biases_of_zero_are_none():
    model = conv_net(hidden_bias=True)
    nn.init.zeros_(model[2][0].bias)

    normalised, norms = normalised_by_layer(model)

    torch.testing.assert_close(model(images()), norms.prod() * normalised(images()))


def bare(*layers):
    return nn.Sequential(nn.Flatten(), *layers)


def tied():
    layer = nn.Linear(4, 4, bias=False)
    return bare(nn.Linear(32, 4), layer, nn.ReLU(), layer)


REFUSED = {
    "tanh": (lambda: MLP(hidden=(), activation="tanh").build((32,), 2).append(nn.Tanh()), "Tanh"),
    "batch normalisation": (lambda: bare(nn.BatchNorm1d(32), nn.Linear(32, 2)), "BatchNorm1d"),
    "folded": (
        lambda: without_batch_norm(
            bare(nn.Linear(32, 2), nn.ReLU(), nn.Linear(2, 2), nn.BatchNorm1d(2))
        ),
        r"1 hidden ones with biases \['3'\]",
    ),
    "a ResNet": (lambda: ResNet(width=2, blocks=(1,)).build((2, 4, 4), 3), r"3 \(Residual\)"),
    "an MLP with biases": (lambda: MLP(hidden=(3, 4)).build((32,), 2), r"\['3', '5'\]"),
    "a layer used twice": (tied, "1 used again"),
    "no layers": (lambda: bare(nn.ReLU()), "got 0 layers"),
}


@pytest.mark.parametrize(("build", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_network_that_is_no_such_product_is_refused(build, message):
    with pytest.raises(SpecError, match=message):
        normalised_by_layer(build())


def test_a_zero_layer_is_refused():
    model = conv_net()
    nn.init.zeros_(model[5].weight)

    with pytest.raises(SpecError, match=r"got norms \[.*, 0.0\]"):
        normalised_by_layer(model)


# ── one image ─────────────────────────────────────────────────────────────────────────────────


def residual():
    with drawing_from(stream(1, "init")):
        return ResNet(width=2, blocks=(1,)).build((2, 4, 4), 3).double()


def test_outputs_are_divided_by_the_norm_on_one_image():
    model = residual()
    expected = model.eval()(images()) / model(images()[3:4]).norm()
    model.train()

    normalised, norm = normalised_by_one_image(model, images()[3:4])

    assert model.training
    torch.testing.assert_close(normalised.eval()(images()), expected, rtol=1e-13, atol=1e-13)
    assert float(normalised(images()[3:4]).detach().norm()) == pytest.approx(1, rel=1e-13)
    assert norm == pytest.approx(float(model(images()[3:4]).detach().norm()), rel=1e-13)


@given(st.floats(1e-6, 1e6))
def test_the_scale_of_the_outputs_does_not_matter_after_normalisation_by_an_image(factor):
    model, scaled = residual().eval(), residual().eval()
    with torch.no_grad():
        for parameter in scaled[-1].parameters():
            parameter *= factor

    one, other = (normalised_by_one_image(m, images()[:1])[0] for m in (model, scaled))

    torch.testing.assert_close(one(images()), other(images()), rtol=1e-10, atol=1e-10)


def test_an_image_without_output_is_refused():
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3, bias=False)).double()

    with pytest.raises(SpecError, match="positive and finite; got 0"):
        normalised_by_one_image(model, 0 * images()[:1])
