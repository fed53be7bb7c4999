"""What every probe promises: it leaves no trace, and says the same thing twice."""

import copy
import inspect
from contextlib import suppress

import pytest
import torch

from dltheory.experiments import Quantity
from dltheory.experiments.quantity import available_probes
from dltheory.models import MLP, ResNet
from dltheory.randomness import drawing_from, stream

MODELS = {"MLP": MLP(hidden=(6,)), "ResNet": ResNet(width=2, blocks=(1, 1))}
SMALL = {"pairs": 3, "box": None}  # for those probes that have the option
FITTING = {"pgd_accuracy": {"steps": 1}}  # more steps end in a corner of the ball from any start
every_probe = pytest.mark.parametrize("name", available_probes())
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def data(count=24):
    generator = stream(2, "data")
    images = torch.randn(count, 2, 6, 6, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


def network(model):
    """A network with unusual modes, statistics and gradients, which a probe might disturb."""
    with drawing_from(stream(1, "init")):
        network = model.build((2, 6, 6), 3).double()
        network(torch.randn(8, 2, 6, 6, dtype=torch.float64)).square().sum().backward()
    for place, module in enumerate(network.modules()):
        module.training = place % 2 == 0
    return network


def takes(name, option):
    return option in inspect.signature(Quantity(name).resolve()).parameters


def value(name, model, *, seed=3, images=None, **options):
    options |= {k: v for k, v in SMALL.items() if takes(name, k)} | FITTING.get(name, {})
    if takes(name, "generator"):
        options["generator"] = stream(seed, f"probe/{name}")
    images, labels = data() if images is None else (images, data()[1])
    return torch.as_tensor(Quantity(name).resolve()(model, images, labels, **options))


def traces(model):
    """Everything about a network that a probe must leave as it was."""
    return {
        "parameters": [p.detach().clone() for p in model.parameters()],
        "requires grad": [p.requires_grad for p in model.parameters()],
        "gradients": [copy.deepcopy(p.grad) for p in model.parameters()],
        "buffers": [b.clone() for b in model.buffers()],
        "modes": [module.training for module in model.modules()],
        "random numbers": torch.get_rng_state(),
    }


@every_probe
@every_model
@pytest.mark.parametrize("trace", list(traces(torch.nn.Flatten())))
def test_a_probe_leaves_no_trace(name, model, trace):
    model = network(model)
    before = traces(model)[trace]

    value(name, model)

    torch.testing.assert_close(traces(model)[trace], before, rtol=0, atol=0)


@every_probe
def test_a_probe_that_fails_leaves_the_modes_alone(name):
    model = network(MODELS["MLP"])
    before = traces(model)["modes"]
    too_few_channels = data()[0][:, :1]

    with suppress(RuntimeError):  # not all probes look at the images
        value(name, model, images=too_few_channels)

    assert traces(model)["modes"] == before


@every_probe
@every_model
def test_a_probe_says_the_same_thing_twice(name, model):
    model = network(model)

    assert torch.equal(value(name, model), value(name, model))


@every_probe
@every_model
def test_the_mode_of_the_network_does_not_matter(name, model):
    model = network(model)

    assert torch.equal(value(name, copy.deepcopy(model).train()), value(name, model.eval()))


@pytest.mark.parametrize("name", [name for name in available_probes() if takes(name, "generator")])
def test_another_generator_gives_another_value(name):
    model = network(MODELS["MLP"])

    assert not torch.equal(value(name, model, batch=5), value(name, model, seed=4, batch=5))


# A probe without random numbers uses `batch` to save memory alone.
IN_BATCHES = [n for n in available_probes() if takes(n, "batch") and not takes(n, "generator")]


@pytest.mark.parametrize("name", IN_BATCHES)
@pytest.mark.parametrize("batch", [1, 7, 23, 24, 1000])
def test_the_evaluation_batch_does_not_matter(name, batch):
    model = network(MODELS["ResNet"])

    torch.testing.assert_close(value(name, model, batch=batch), value(name, model, batch=24))
