"""Each promise is broken by a probe of its own, and that is noticed."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from dltheory.models import MLP, ResNet
from dltheory.probes.loss import loss, losses
from tests.probes import promises

SMALL_MLP, SMALL_RESNET = MLP(hidden=(6,)), ResNet(width=2, blocks=(1, 1))


def leaving_behind(disturb):
    """The loss, by a probe that does this to the model, its images and labels before."""

    def probe(model, images, labels):
        disturb(model, images, labels)
        return loss(model, images, labels)

    return probe


def moving(parameter_of):
    def disturb(model, *_):
        with torch.no_grad():
            parameter_of(model).add_(1e-12)

    return disturb


def training_pass(model, images, _):
    before = [module.training for module in model.modules()]
    model.train()(images)
    for module, training in zip(model.modules(), before, strict=True):
        module.training = training


def backward(model, images, labels):
    functional.cross_entropy(model(images), labels).backward()


def without_gradients(model, *_):
    model.zero_grad(set_to_none=True)


def new_parameters(model, *_):
    last = list(model.modules())[-1]
    gradient = last.bias.grad
    last.bias = nn.Parameter(last.bias.detach().clone())
    last.bias.grad = gradient


TRACES = {
    "parameters": moving(lambda model: next(model.parameters())),
    "parameter objects": new_parameters,
    "requires grad": lambda model, *_: next(model.parameters()).requires_grad_(requires_grad=False),
    "gradients": backward,
    "gradients removed": without_gradients,
    "buffers": training_pass,
    "modes": lambda model, *_: model.eval(),
    "modules": lambda model, *_: setattr(model, "2", nn.ReLU()),
    "hooks": lambda model, *_: next(model.modules()).register_forward_hook(lambda *_: None),
    "images": lambda _, images, __: images.mul_(1 + 1e-12),
    "labels": lambda _, __, labels: labels.clamp_(max=1),
    "random numbers": lambda *_: torch.rand(1),
    "numpy's random numbers": lambda *_: np.random.rand(),  # noqa: NPY002  the fault
    "gradients enabled": lambda *_: torch.set_grad_enabled(mode=False),
}


@pytest.fixture(autouse=True)
def global_state_is_put_back():
    states = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    yield
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    torch.set_grad_enabled(mode=True)


@pytest.mark.parametrize("trace", TRACES)
def test_a_trace_is_noticed(trace):
    fault = leaving_behind(TRACES[trace])

    with pytest.raises((AssertionError, RuntimeError), match=trace.split(" removed")[0]):
        promises.leaves_no_trace(fault, SMALL_RESNET)


def not_putting_modes_back(model, images, labels):
    modes = [module.training for module in model.modules()]
    value = float(functional.cross_entropy(model.eval()(images), labels).detach())
    for module, training in zip(model.modules(), modes, strict=True):
        module.training = training
    return value


def not_removing_hooks(model, images, labels):
    hook = model.register_forward_hook(lambda *_: None)
    value = float(functional.cross_entropy(model(images), labels).detach())
    hook.remove()
    return value


def forgetting_the_random_numbers(model, images, labels):
    state = torch.get_rng_state()
    torch.rand(1)
    value = float(functional.cross_entropy(model(images), labels).detach())
    torch.set_rng_state(state)
    return value


@pytest.mark.parametrize(
    "fault", [not_putting_modes_back, not_removing_hooks, forgetting_the_random_numbers]
)
def test_tidying_up_only_when_all_went_well_is_noticed(fault):
    promises.leaves_no_trace(fault, SMALL_MLP)

    with pytest.raises(AssertionError):
        promises.leaves_no_trace_when_interrupted(fault, SMALL_MLP, after=0)


def drawing_anew(model, images, labels):
    return loss(model, images[torch.randperm(24)[:5]], labels[:5])


def in_the_mode_it_finds(model, images, labels):
    with torch.no_grad():
        return float(functional.cross_entropy(model(images), labels))


def of_trainable_parameters(model, *_):
    return float(sum(p.detach().square().sum() for p in model.parameters() if p.requires_grad))


def by_autograd(model, images, labels):
    mean = functional.cross_entropy(model(images), labels)
    return float(torch.autograd.grad(mean, next(model.parameters()))[0].norm())


def ignoring_strides(model, images, labels):
    flat = images.as_strided(images.shape, (72, 36, 6, 1))
    return loss(model, flat, labels)


def of_means(model, images, labels, batch=24):
    parts = range(0, 24, batch)
    values = [loss(model, images[i : i + batch], labels[i : i + batch]) for i in parts]
    return sum(values) / len(values)


def in_training_mode(model, images, labels, batch=24):
    with torch.no_grad():
        outputs = [model.train()(part) for part in images.split(batch)]
    return float(functional.cross_entropy(torch.cat(outputs), labels))


def of_the_first_batch(model, images, labels, batch=24):
    return loss(model, images[:batch], labels[:batch])


def undefined(model, images, labels):
    return loss(model, images, labels) * float("nan")


def infinite(model, images, labels):
    return loss(model, images, labels) * float("inf")


def by_small_differences(model, images, labels):
    """Cancels in single precision."""
    before = loss(model, images, labels)
    return (loss(model, images + 1e-7, labels) - before) / 1e-7


def in_double_precision_alone(model, images, labels):
    return loss(model, images.double(), labels)


@pytest.mark.parametrize(
    ("promise", "fault", "model"),
    [
        (promises.says_the_same_thing_twice, drawing_anew, SMALL_MLP),
        (promises.does_not_mind_the_mode, in_the_mode_it_finds, SMALL_RESNET),
        (promises.does_not_mind_frozen_parameters, of_trainable_parameters, SMALL_MLP),
        (promises.does_not_mind_frozen_parameters, by_autograd, SMALL_MLP),
        (promises.does_not_mind_strides, ignoring_strides, SMALL_MLP),
        (promises.does_not_mind_the_batch, of_means, SMALL_MLP),
        (promises.does_not_mind_the_batch, in_training_mode, SMALL_RESNET),
        (promises.does_not_mind_the_batch, of_the_first_batch, SMALL_MLP),
        (promises.gives_numbers, undefined, SMALL_MLP),
        (promises.gives_numbers, infinite, SMALL_MLP),
        (promises.works_in_single_precision, by_small_differences, SMALL_MLP),
        (promises.works_in_single_precision, in_double_precision_alone, SMALL_MLP),
        (promises.refuses_a_model_that_contradicts_itself, in_the_mode_it_finds, SMALL_MLP),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_promise_is_noticed(promise, fault, model):
    promise(loss, model)

    with pytest.raises((AssertionError, RuntimeError)):
        promise(fault, model)


def test_a_probe_that_takes_any_labels_is_noticed():
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        promises.refuses_other_labels(of_trainable_parameters, SMALL_MLP)


@pytest.mark.parametrize(
    "fault",
    [
        lambda models, *data: losses(models[::-1], *data),
        lambda models, *data: losses([models[0]] * 3, *data),
        lambda models, *data: losses(models, *data).mean().expand(3),
    ],
    ids=["seeds turned", "one seed for all", "mean over seeds"],
)
def test_networks_that_are_mixed_up_are_noticed(fault):
    promises.says_together_what_it_says_alone(loss, losses, SMALL_MLP)

    with pytest.raises(AssertionError):
        promises.says_together_what_it_says_alone(loss, fault, SMALL_MLP)
