"""The gradient over the whole data set and its norm, of one network and of several."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from dltheory.models import MLP, ResNet
from dltheory.probes import _full_gradient
from dltheory.probes import gradient_norm as gradient_norm_module
from dltheory.probes._full_gradient import full_gradient
from dltheory.probes.gradient_norm import gradient_norm, gradient_norms
from dltheory.probes.loss import loss
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

SPECS = (MLP(hidden=(6, 5)), ResNet(width=2, blocks=(1, 1)))
every_model = pytest.mark.parametrize("spec", SPECS, ids=("MLP", "ResNet"))


def network(spec=SPECS[0], seed=1):
    with drawing_from(stream(seed, "init")):
        return spec.build((2, 4, 4), 3).double()


def data(count=20):
    generator = stream(2, "data")
    images = torch.randn(count, 2, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


def by_autograd(model, images, labels):
    """All at once, on the parameters themselves."""
    mean = functional.cross_entropy(model.eval()(images), labels)
    parameters = dict(model.named_parameters())
    slopes = torch.autograd.grad(mean, list(parameters.values()))
    return float(mean.detach()), dict(zip(parameters, slopes, strict=True))


def gradients_are_those_of_autograd(full_gradient):
    for spec in SPECS:
        expected_loss, expected = by_autograd(network(spec), *data())

        found = full_gradient(network(spec), *data(), batch=7)

        assert float(found.loss) == pytest.approx(expected_loss, rel=1e-12)
        assert found.gradient.keys() == expected.keys()
        for name, slope in expected.items():
            torch.testing.assert_close(found.gradient[name], slope, rtol=1e-10, atol=1e-14)
        length = torch.cat([slope.flatten() for slope in expected.values()]).norm()
        assert float(found.norm()) == pytest.approx(float(length), rel=1e-12)


def test_the_full_gradient_is_that_of_autograd_on_all_images_at_once():
    gradients_are_those_of_autograd(full_gradient)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("FullGradient(total / count, {name: g / count", "FullGradient(total / count, {name: g"),
        ("gradient[name] += slope", "gradient[name] = slope"),
        ("total = total + found", "total = found"),
        ('reduction="none")', 'reduction="none", label_smoothing=0.1)'),
        ("labels[part])\n            slopes", "labels[:batch])\n            slopes"),
        (".sum(-1) for g in self", ".mean(-1) for g in self"),
        ("g.square()", "g.abs()"),
        (".sqrt()", ""),
        ("for name, p in model.named_parameters()}", "for name, p in model.named_parameters() "
         "if 'bias' not in name}"),
        ("    with evaluating(model, images):\n", "    if model.train():\n"),
        ("count = len(labels)", "count = batch"),
    ],
    ids=[
        "sum, not mean",
        "last batch only",
        "loss of the last batch",
        "another loss",
        "labels of the first batch",
        "mean over parameters",
        "1-norms",
        "squared",
        "biases forgotten",
        "training mode",
        "mean over a batch",
    ],
)  # fmt: skip
def test_faults_in_the_full_gradient_are_noticed(healthy, faulty):
    broken = mutant(_full_gradient, healthy, faulty).full_gradient

    with pytest.raises((AssertionError, ValueError)):
        gradients_are_those_of_autograd(broken)


@every_model
def test_the_norm_is_the_steepest_slope_by_finite_differences(spec):
    """Along ∇L/‖∇L‖ the loss rises by ‖∇L‖ a unit of length."""
    model, step = network(spec), 1e-5
    _, gradient = by_autograd(model, *data())
    length = math.sqrt(sum(float(slope.square().sum()) for slope in gradient.values()))

    def moved(by):
        other = network(spec)
        with torch.no_grad():
            for name, parameter in other.named_parameters():
                parameter.add_(by / length * gradient[name])
        return loss(other, *data())

    slope = (moved(step) - moved(-step)) / (2 * step)

    assert gradient_norm(model, *data()) == pytest.approx(slope, rel=1e-8)


def test_the_norm_of_softmax_regression_is_in_closed_form():
    """At weights 0 every class has probability 1/C."""
    model = nn.Linear(2, 4, bias=False).double()
    nn.init.zeros_(model.weight)
    images, labels = torch.tensor([[3.0, 4.0]]).double(), torch.tensor([1])

    expected = 5 * math.sqrt(3 * (1 / 4) ** 2 + (3 / 4) ** 2)

    assert gradient_norm(model, images, labels) == pytest.approx(expected, rel=1e-14)


def test_a_parameter_that_is_used_twice_counts_once():
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    model = nn.Sequential(first, nn.Tanh(), second).double()
    images, labels = data()
    images = images.flatten(1)[:, :4]

    _, expected = by_autograd(model, images, labels)

    found = full_gradient(model, images, labels).gradient
    assert found.keys() == {"0.weight", "0.bias", "2.bias"}
    torch.testing.assert_close(found["0.weight"], expected["0.weight"])


def test_parameters_that_do_nothing_have_no_gradient():
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3)).double()
    model.unused = nn.ParameterList([torch.ones(2)])
    model.append(nn.Identity())
    model.forward = lambda x: model[1](model[0](x))

    found = full_gradient(model, *data()).gradient

    assert found["unused.0"].tolist() == [0, 0]


def test_single_precision_is_summed_in_double():
    """A thousand batches of one: the error stays that of one batch."""
    images, labels = data(1000)
    model = network()
    expected = gradient_norm(model, images, labels)

    found = gradient_norm(model.float(), images.float(), labels, batch=1)

    assert found == pytest.approx(expected, rel=2e-6)


@given(st.permutations(range(20)), st.integers(1, 20))
def test_the_order_of_examples_does_not_matter(order, batch):
    images, labels = data()

    found = gradient_norm(network(), images[list(order)], labels[list(order)], batch=batch)

    assert found == pytest.approx(gradient_norm(network(), *data()), rel=1e-11)


@given(st.integers(2, 5))
def test_seeing_everything_several_times_changes_nothing(times):
    images, labels = data()

    found = gradient_norm(network(), images.repeat(times, 1, 1, 1), labels.repeat(times))

    assert found == pytest.approx(gradient_norm(network(), images, labels), rel=1e-11)


@given(st.floats(-30, 30))
def test_a_constant_on_all_logits_changes_nothing(shift):
    model = network()
    model[-1].bias.data += shift

    assert gradient_norm(model, *data()) == pytest.approx(
        gradient_norm(network(), *data()), rel=1e-10
    )


# ── several networks ──────────────────────────────────────────────────────────────────────────


def norms_are_those_of_each(gradient_norms):
    for spec in SPECS:
        models = [network(spec, seed) for seed in range(4)]

        found = gradient_norms(models, *data(), batch=7)

        expected = [gradient_norm(model, *data()) for model in models]
        assert found.tolist() == pytest.approx(expected, rel=1e-11)


def test_norms_of_several_networks_are_those_of_each():
    norms_are_those_of_each(gradient_norms)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("outputs = together(leaves, x)", "outputs = together(leaves, x).mean(0).expand(4, -1, 3)"),
        ("images, labels, batch).norm()", "images, labels, batch).norm().flip(0)"),
        ("images, labels, batch).norm()", "images, labels, batch).norm().norm().expand(4)"),
        ("y.expand(len(models), -1)", "y.flip(0).expand(len(models), -1)"),
        ("outputs.mT,", "outputs.mT / 2,"),
    ],
    ids=["networks averaged", "seeds turned", "one norm for all", "labels turned", "halved"],
)
def test_faults_in_norms_of_several_networks_are_noticed(healthy, faulty):
    broken = mutant(gradient_norm_module, healthy, faulty)

    with pytest.raises(AssertionError):
        norms_are_those_of_each(broken.gradient_norms)
