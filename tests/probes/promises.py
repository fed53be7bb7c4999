"""What every probe promises: functions of a probe and the description of a network that assert.

A probe is called as `probe(model, images, labels, **options)`; random draws start anew each time.
"""

import copy
import itertools
import re
from contextlib import suppress

import numpy as np
import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.randomness import drawing_from, stream


def data(count=24, dtype=torch.float64):
    generator = stream(2, "data")
    images = torch.randn(count, 2, 6, 6, generator=generator, dtype=torch.float64)
    return images.to(dtype), torch.randint(3, (count,), generator=generator)


def network(model, seed=1):
    """A network with unusual modes, statistics and gradients, which a probe might disturb."""
    with drawing_from(stream(seed, "init")):
        network = model.build((2, 6, 6), 3).double()
        network(torch.randn(8, 2, 6, 6, dtype=torch.float64)).square().sum().backward()
    for place, module in enumerate(network.modules()):
        module.training = place % 2 == 0
    return network


def numbers(value):
    """As the engine stores them."""
    return torch.as_tensor(value, dtype=torch.float64).cpu()


# ── no trace ──────────────────────────────────────────────────────────────────────────────────


def traces(model, images, labels):
    """Everything that a probe must leave as it was."""
    parameters, modules = list(model.parameters()), list(model.modules())
    numpys = np.random.get_state()  # noqa: NPY002  the global one
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return {
        "parameters": [p.detach().clone() for p in parameters],
        "parameter objects": [id(p) for p in parameters],
        "requires grad": [p.requires_grad for p in parameters],
        "gradients": [copy.deepcopy(p.grad) for p in parameters],
        "buffers": [b.clone() for b in model.buffers()],
        "modules": [id(module) for module in modules],
        "modes": [module.training for module in modules],
        "hooks": [len(getattr(module, kind)) for module in modules for kind in hooks],
        "images": images.clone(),
        "labels": labels.clone(),
        "random numbers": torch.get_rng_state(),
        "numpy's random numbers": [*numpys[1].tolist(), numpys[2]],
        "gradients enabled": torch.is_grad_enabled(),
    }


def require_same(after, before):
    for trace, value in before.items():
        torch.testing.assert_close(after[trace], value, rtol=0, atol=0, msg=trace)


def leaves_no_trace(probe, model):
    model, (images, labels) = network(model), data()
    before = traces(model, images, labels)

    probe(model, images, labels)

    require_same(traces(model, images, labels), before)


class Interrupted(Exception):
    """Raised in the middle of a forward pass."""


def interrupt(model, after):
    """Let the last layer raise once it has been reached so many times."""
    reached = []

    def hook(module, _):
        reached.append(module)
        if len(reached) > after:
            raise Interrupted

    list(model.modules())[-1].register_forward_pre_hook(hook)


def leaves_no_trace_when_interrupted(probe, model, after=2):
    model, (images, labels) = network(model), data()
    interrupt(model, after)
    before = traces(model, images, labels)

    with suppress(Interrupted):  # not all probes use the model so often
        probe(model, images, labels)

    require_same(traces(model, images, labels), before)


# ── the same value ────────────────────────────────────────────────────────────────────────────


def says_the_same_thing_twice(probe, model):
    model = network(model)

    assert torch.equal(numbers(probe(model, *data())), numbers(probe(model, *data())))


def does_not_mind_the_mode(probe, model):
    model = network(model)
    training, evaluating = copy.deepcopy(model).train(), model.eval()

    assert torch.equal(numbers(probe(training, *data())), numbers(probe(evaluating, *data())))


def does_not_mind_frozen_parameters(probe, model):
    model = network(model)
    expected = numbers(probe(model, *data()))

    model.requires_grad_(requires_grad=False)
    with torch.no_grad():
        found = numbers(probe(model, *data()))

    assert torch.equal(found, expected)


def does_not_mind_strides(probe, model):
    model, (images, labels) = network(model), data()
    strided = images.mT.contiguous().mT
    assert not strided.is_contiguous()

    found, expected = numbers(probe(model, strided, labels)), numbers(probe(model, images, labels))

    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def does_not_mind_the_batch(probe, model):
    model = network(model)
    expected = numbers(probe(model, *data(), batch=24))

    for batch in (1, 7, 23, 1000):
        found = numbers(probe(model, *data(), batch=batch))
        torch.testing.assert_close(found, expected, msg=lambda m, b=batch: f"batch {b}: {m}")


def gives_numbers(probe, model, *, infinite=False):
    found = numbers(probe(network(model), *data()))

    assert not found.isnan().any()
    assert infinite or found.isfinite().all()


COSTS = {"gradients", "products", "failure"}  # numbers that are not about the network


def says_nothing_of(probe, model, weight):
    """A network all of whose parameters are this one, NaN or far too large, has no value."""
    model = network(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(weight)

    images, labels = data()
    try:
        value = probe(model, images.abs() + 20, labels)  # so that no ReLU is closed
    except SpecError:
        return  # to refuse such a network says nothing either

    if hasattr(value, "_asdict"):
        value = [number for name, number in value._asdict().items() if name not in COSTS]
    assert not numbers(value).isfinite().any()


def works_in_single_precision(probe, model, *, same_draws=True):
    """With the value of double precision; random draws of another precision are other draws."""
    model = network(model)
    expected = numbers(probe(model, *data()))

    found = numbers(probe(model.float(), *data(dtype=torch.float32)))

    assert found.shape == expected.shape
    assert not found.isnan().any()
    if same_draws:  # some hundred roundings of 6e-8, of values that may cancel
        scale = float(expected[expected.isfinite()].abs().max())
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * scale)


def says_together_what_it_says_alone(alone, together, model):
    """`together` takes networks that differ by seed; the first axis of its result is the seed."""
    models = [network(model, seed) for seed in (1, 2, 3)]

    found = numbers(together(models, *data()))

    expected = torch.stack([numbers(alone(model, *data())) for model in models])
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-13)


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def refuses_a_model_that_contradicts_itself(probe, model):
    """One whose first layer gives another multiple each time it is asked."""
    model, factors = network(model), itertools.count(1)
    layer = next(m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d))
    layer.register_forward_hook(lambda _, __, out: out * next(factors))
    message = "no refusal"

    try:
        probe(model, *data())
    except SpecError as refusal:
        message = str(refusal)

    told = re.search(r"summed to (\S+) and then to (\S+)\. ", message)
    assert told is not None, f"both numbers should be in the message: {message}"
    assert float(told[1]) != float(told[2])


def refuses_other_labels(probe, model):
    """Labels that are not int64."""
    images, labels = data()

    with pytest.raises(TypeError, match="labels"):
        probe(network(model), images, labels.int())
