"""What convexity in the last layer says about the loss, and what a better last layer would give."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.models.blocks import Residual
from dltheory.probes import last_layer_bound as last_layer_bound_module
from dltheory.probes import last_layer_refit as last_layer_refit_module
from dltheory.probes._last_layer import last_layer_passes
from dltheory.probes.last_layer_bound import last_layer_bound
from dltheory.probes.last_layer_refit import last_layer_refit
from dltheory.probes.loss import loss
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

SPECS = (MLP(hidden=(6, 5)), ResNet(width=2, blocks=(1, 1)))
BOTH = pytest.mark.parametrize("spec", SPECS, ids=("MLP", "ResNet"))


def network(spec=SPECS[0], seed=1):
    with drawing_from(stream(seed, "init")):
        return spec.build((2, 4, 4), 3).double()


def data(count=40, seed=2):
    generator = stream(seed, "data")
    images = torch.randn(count, 2, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


# ── the bound ─────────────────────────────────────────────────────────────────────────────────


def bound_is_that_of_autograd(last_layer_bound):
    """By the gradient with respect to the layer's own weight and bias."""
    for spec in SPECS:
        model, (images, labels) = network(spec).eval(), data()
        W = list(list(model.modules())[-1].parameters())
        value = functional.cross_entropy(model(images), labels)
        slopes = torch.autograd.grad(value, W)
        inner = sum(float((g * w).sum().detach()) for g, w in zip(slopes, W, strict=True))

        found = last_layer_bound(model, images, labels, batch=7)

        assert found.loss == pytest.approx(float(value.detach()), rel=1e-12)
        assert found.bound == pytest.approx(math.log(3) + inner, rel=1e-12)
        assert found.excess == pytest.approx(found.loss - found.bound, abs=1e-14)


def test_the_bound_is_ln_c_plus_the_slope_in_the_last_layer():
    bound_is_that_of_autograd(last_layer_bound)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("math.log(classes) + slope", "math.log(classes) - slope"),
        ("+ slope / len(labels)", "+ slope"),
        ("math.log(classes)", "math.log(len(labels))"),
        ("math.log(classes)", "math.log2(classes)"),
        ("- functional.one_hot(y, classes)", ""),
        ("torch.sum(away * outputs)", "torch.sum(away * last.inputs[:, :1])"),
        ("labels[part]", "labels[:part.stop - part.start]"),
        ("slope += float", "slope = float"),
        ("excess=loss - bound", "excess=bound - loss"),
    ],
    ids=[
        "sign of the slope",
        "slope as a sum",
        "ln N",
        "bits",
        "labels forgotten",
        "inputs, not outputs",
        "labels of the first batch",
        "last batch only",
        "sign of the excess",
    ],
)
def test_faults_in_the_bound_are_noticed(healthy, faulty):
    broken = mutant(last_layer_bound_module, healthy, faulty).last_layer_bound

    with pytest.raises((AssertionError, RuntimeError)):
        bound_is_that_of_autograd(broken)


@BOTH
@given(st.integers(0, 1000), st.floats(-3, 3))
def test_the_loss_is_below_the_bound_by_what_entropy_lacks(spec, seed, log_scale):
    """L − ⟨∇L, W⟩ is the mean entropy of the predictions: another way to the same number."""
    model, (images, labels) = network(spec, seed).eval(), data(seed=seed)
    with torch.no_grad():
        for parameter in list(model.modules())[-1].parameters():
            parameter *= 10**log_scale
        probabilities = model(images).softmax(dim=1)

    found = last_layer_bound(model, images, labels)

    entropy = float(torch.special.entr(probabilities).sum(dim=1).mean())
    scale = abs(found.loss) + abs(found.bound)
    assert found.excess == pytest.approx(entropy - math.log(3), abs=1e-13 * (1 + scale))
    assert found.excess <= 1e-13 * (1 + scale)


def test_a_zero_last_layer_is_at_the_bound():
    model = network()
    for parameter in model[-1].parameters():
        nn.init.zeros_(parameter)

    found = last_layer_bound(model, *data())

    assert found == pytest.approx((math.log(3), math.log(3), 0), abs=1e-14)


@given(st.floats(-50, 50))
def test_a_constant_on_all_logits_changes_nothing(shift):
    model = network()
    model[-1].bias.data += shift

    assert last_layer_bound(model, *data()) == pytest.approx(
        last_layer_bound(network(), *data()), abs=1e-12
    )


def test_a_last_layer_without_bias_has_the_bound_too():
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3, bias=False)).double()

    assert last_layer_bound(model, *data()).excess < 0


def test_a_stationary_last_layer_is_below_ln_c():
    """Where the gradient of another layer vanishes instead, the loss may be above."""
    model, (images, labels) = network(), data()
    with torch.no_grad():
        model[3].bias.fill_(-1e3)  # all units of the last hidden layer closed
        model[-1].bias.copy_(torch.tensor([9.0, 0.0, 0.0]))

    found = last_layer_bound(model, images, labels)

    assert found.loss > math.log(3) + 1
    assert found.bound > found.loss


# ── the refit ─────────────────────────────────────────────────────────────────────────────────


def descend(layer, inputs, labels):
    optimiser = torch.optim.LBFGS(
        layer.parameters(), max_iter=500, tolerance_grad=1e-11, line_search_fn="strong_wolfe"
    )

    def closure():
        optimiser.zero_grad()
        value = functional.cross_entropy(layer(inputs), labels)
        value.backward()
        return value

    optimiser.step(closure)


def refit_is_the_best_last_layer(last_layer_refit):
    """By a quasi-Newton method on the last layer of the network itself."""
    for spec in SPECS:
        model, (images, labels) = network(spec).eval(), data()
        last = list(model.modules())[-1]
        _, call = next(last_layer_passes(model, images, len(images)))
        found = last_layer_refit(model, images, labels, batch=7)
        assert found.loss == pytest.approx(loss(model, images, labels), rel=1e-12)

        descend(last, call.inputs, labels)

        lowest = loss(model, images, labels)
        assert found.refitted == pytest.approx(lowest, rel=1e-8)
        assert found.lower == pytest.approx(lowest, rel=1e-8)
        assert found.lower <= found.refitted * (1 + 1e-14)


def test_the_refit_is_the_best_last_layer():
    refit_is_the_best_last_layer(last_layer_refit)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("features.append(last.inputs", "features.append(last.outputs"),
        ("loss=float(functional.cross_entropy(f, y))", "loss=refitted.upper"),
        ("refitted=refitted.upper", "refitted=refitted.upper / 2"),
        ("lower=refitted.lower", "lower=0.0"),
        (
            "torch.cat(features), torch.cat(outputs)",
            "torch.cat(features[::-1]), torch.cat(outputs)",
        ),
        ("f.shape[1], steps=steps", "f.shape[1], steps=1"),
    ],
    ids=["outputs refitted", "own loss lost", "halved", "no lower", "other order", "one step"],
)
def test_faults_in_the_refit_are_noticed(healthy, faulty):
    broken = mutant(last_layer_refit_module, healthy, faulty).last_layer_refit

    with pytest.raises(AssertionError):
        refit_is_the_best_last_layer(broken)


@BOTH
@given(st.integers(0, 1000))
@settings(max_examples=15)
def test_the_refit_is_never_above_the_loss(spec, seed):
    found = last_layer_refit(network(spec, seed), *data(seed=seed))

    assert 0 <= found.lower <= found.refitted * (1 + 1e-13) <= found.loss * (1 + 1e-12)
    assert found.refitted <= math.log(3)


@given(st.floats(-3, 3))
@settings(max_examples=15)
def test_the_last_layer_itself_does_not_matter_to_the_refit(log_scale):
    model = network()
    model[-1].weight.data *= -(10**log_scale)

    assert last_layer_refit(model, *data())[1:] == last_layer_refit(network(), *data())[1:]


# ── which layer is last ───────────────────────────────────────────────────────────────────────


class Twice(nn.Module):
    """Uses its layer twice."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(32, 32)

    def forward(self, x):
        return self.layer(self.layer(x.flatten(1)).relu())


def tied():
    first, last = nn.Linear(32, 32), nn.Linear(32, 32)
    last.weight = first.weight
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), last)


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(32, 3), nn.ReLU()), "1 uses .* 0 with the network"),
        (nn.Sequential(nn.Flatten(), nn.Linear(32, 3), nn.Softmax(1)), "1 uses .* 0 with"),
        (nn.Sequential(nn.Conv2d(2, 3, 4), nn.Flatten()), "0 uses .* 0 with"),
        (
            nn.Sequential(nn.Flatten(), Residual(nn.Linear(32, 32), nn.Linear(32, 32))),
            "2 uses .* 0 with",
        ),
        (Twice(), "2 uses .* used 2 times"),
        (tied(), "1 times and owned by 2 modules"),
    ],
    ids=["ReLU after it", "softmax after it", "convolution", "sum of two", "used twice", "tied"],
)
@pytest.mark.parametrize("probe", [last_layer_bound, last_layer_refit])
def test_networks_that_do_not_end_in_a_linear_layer_are_refused(probe, model, given):
    with pytest.raises(SpecError, match=given):
        probe(model.double(), *data())


def test_what_looks_like_a_last_layer_on_some_images_alone_is_refused():
    """A ReLU after it changes nothing where all outputs are positive: the first batch here."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3), nn.ReLU()).double()
    nn.init.ones_(model[1].weight)
    images = data()[0].abs()
    images[30:] *= -100

    with pytest.raises(SpecError, match="0 with the network's outputs"):
        last_layer_bound(model, images, data()[1], batch=10)


def test_an_identity_after_the_last_layer_is_allowed():
    model = network()

    found = last_layer_bound(nn.Sequential(model, nn.Identity()), *data())

    assert found == last_layer_bound(model, *data())


def test_the_inputs_of_the_last_layer_are_the_features():
    model, (images, _) = network(SPECS[1]).eval(), data()

    found = torch.cat([call.inputs for _, call in last_layer_passes(model, images, 7)])

    torch.testing.assert_close(found, model[:-1](images))
