"""Every probe, one a file of `dltheory.probes`, is held to every promise of `promises.py`."""

import copy
import inspect
import math
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import pytest
import torch
from torch import nn

from dltheory.experiments import Quantity
from dltheory.experiments.quantity import available_probes
from dltheory.models import MLP, ResNet
from dltheory.randomness import stream
from tests.probes import promises
from tests.probes.promises import Interrupted, data, interrupt, network, numbers

MODELS = {"MLP": MLP(hidden=(6,)), "ResNet": ResNet(width=2, blocks=(1, 1))}
SMALL = {"pairs": 3, "box": None, "halvings": 8}  # for those probes that have the option
FITTING = {
    "rescaled_sharpness": {"limit": 3},  # more find the same to the last digit
    "pgd_accuracy": {"steps": 1},  # more steps end in a corner of the ball from any start
    "pgd_accuracy_by_block": {"steps": 1, "epsilon": 9.0, "step": 0.0, "blocks": 24},
}
INFINITE = {"input_margins"}  # may be ∞: no other class is within reach
OF_WEIGHTS = {
    "cropped_projections",
    "distance_travelled",
    "effective_ranks",
    "layer_norms",
    "log_norm_product",
    "shuffled_effective_ranks",
    "spectral_norms",
}  # finite where the outputs are not
every_probe = pytest.mark.parametrize("name", available_probes())
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def takes(name, option):
    return option in inspect.signature(Quantity(name).resolve()).parameters


def halved(model):
    """Another network to begin with: a copy with half of every parameter."""
    other = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(0.5)
    return other


def small(name):
    """The probe of this name, made small; each call starts with the same generator."""

    def probe(model, images, labels, *, seed=3, **options):
        options = {k: v for k, v in SMALL.items() if takes(name, k)} | options
        options |= FITTING.get(name, {})
        if takes(name, "initial"):
            options["initial"] = halved(model)
        if takes(name, "generator"):
            options["generator"] = stream(seed, f"probe/{name}")
        if takes(name, "train_images"):
            options["train_images"] = images
        return Quantity(name).resolve()(model, images, labels, **options)

    return probe


def without_places(name):
    """The probe, without where the points of its grid are if it has one."""
    probe = small(name)
    if name == "decision_boundary":
        return lambda *arguments: probe(*arguments)[:2]
    return probe


@every_probe
@every_model
@pytest.mark.parametrize(
    "promise",
    [
        promises.leaves_no_trace,
        promises.says_the_same_thing_twice,
        promises.does_not_mind_the_mode,
        promises.does_not_mind_frozen_parameters,
        promises.does_not_mind_strides,
    ],
    ids=lambda promise: promise.__name__,
)
def test_a_probe_keeps_its_promise(name, model, promise):
    promise(small(name), model)


@every_probe
@every_model
@pytest.mark.parametrize("after", [0, 2, 3])
def test_a_probe_that_is_interrupted_leaves_no_trace(name, model, after):
    promises.leaves_no_trace_when_interrupted(small(name), model, after)


@every_probe
@every_model
def test_a_probe_gives_numbers_that_can_be_stored(name, model):
    promises.gives_numbers(small(name), model, infinite=name in INFINITE)


@every_probe
@every_model
def test_a_probe_says_nothing_of_a_network_of_nan(name, model):
    promises.says_nothing_of(without_places(name), model, math.nan)


@every_probe
def test_a_probe_says_nothing_of_a_network_whose_outputs_overflow(name):
    if name not in OF_WEIGHTS:
        promises.says_nothing_of(without_places(name), MODELS["MLP"], 1e200)


@every_probe
@every_model
def test_a_probe_works_in_single_precision(name, model):
    same_draws = not takes(name, "generator")
    promises.works_in_single_precision(small(name), model, same_draws=same_draws)


# A probe without random numbers uses `batch` to save memory alone.
IN_BATCHES = [n for n in available_probes() if takes(n, "batch") and not takes(n, "generator")]


@pytest.mark.parametrize("name", IN_BATCHES)
@every_model
def test_the_evaluation_batch_does_not_matter(name, model):
    promises.does_not_mind_the_batch(small(name), model)


@pytest.mark.parametrize("name", [name for name in available_probes() if takes(name, "generator")])
def test_another_generator_gives_another_value(name):
    model, probe = network(MODELS["MLP"]), small(name)
    options = {"batch": 5} if takes(name, "batch") else {}

    one, other = (numbers(probe(model, *data(), seed=seed, **options)) for seed in (3, 4))

    assert not torch.equal(one, other)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_probe
@every_model
def test_a_probe_says_the_same_on_a_gpu(name, model):
    model = network(model)
    expected = numbers(small(name)(model, *data()))

    found = numbers(small(name)(model.cuda(), *(part.cuda() for part in data())))

    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)


# ── what is refused ───────────────────────────────────────────────────────────────────────────


@cache
def evaluates(name):
    """Whether the probe runs the model, rather than reads its parameters alone."""
    model = network(MODELS["MLP"])
    interrupt(model, after=0)
    try:
        small(name)(model, *data())
    except Interrupted:
        return True
    return False


def test_what_reads_parameters_alone_is_told_from_what_runs_the_model():
    assert evaluates("loss")
    assert evaluates("gradient_cosines")
    assert not evaluates("squared_norm")


@every_probe
@every_model
def test_a_model_that_contradicts_itself_is_refused_with_both_numbers(name, model):
    if evaluates(name):
        promises.refuses_a_model_that_contradicts_itself(small(name), model)


@pytest.mark.skipif(find_spec("beartype") is None, reason="shapes are checked by beartype")
@every_probe
def test_labels_that_are_no_int64_are_refused(name):
    promises.refuses_other_labels(small(name), MODELS["MLP"])


# ── networks of several seeds together ────────────────────────────────────────────────────────


def taking_several_networks():
    """The functions in files of probes whose first argument is `models`."""
    for name in available_probes():
        for function in vars(import_module(f"dltheory.probes.{name}")).values():
            if inspect.isfunction(function) and function.__module__.endswith(f".{name}"):
                first = next(iter(inspect.signature(function).parameters), "")
                if first == "models":
                    yield pytest.param(name, function, id=function.__name__)


several = pytest.mark.parametrize(("name", "together"), list(taking_several_networks()))


@several
@every_model
def test_networks_together_have_the_values_that_they_have_alone(name, together, model):
    if not takes(name, "generator"):
        promises.says_together_what_it_says_alone(small(name), together, model)


@several
@every_model
@pytest.mark.parametrize("place", [0, 2])
def test_networks_together_are_left_without_a_trace(name, together, model, place):
    options = {k: v for k, v in SMALL.items() if takes(name, k)}

    def probe(watched, images, labels):
        models = [network(model, seed) for seed in (2, 3)]
        models.insert(place, watched)
        if takes(name, "generator"):
            options["generator"] = stream(3, "probe")
        return together(models, images, labels, **options)

    promises.leaves_no_trace(probe, model)
    promises.leaves_no_trace_when_interrupted(probe, model)
    promises.refuses_a_model_that_contradicts_itself(probe, model)


class Seen(nn.Sequential):
    """Notes whether TF32 is allowed in each of its passes."""

    def forward(self, x):
        flags = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
        SEEN.append(flags)
        return super().forward(x)


SEEN = []


@pytest.fixture
def tf32_allowed():
    """Everywhere, as someone may have set it."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    SEEN.clear()
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


@every_probe
@pytest.mark.usefixtures("tf32_allowed")
def test_a_probe_makes_products_of_float32_in_float32(name):
    model = network(MODELS["MLP"])
    model.__class__ = Seen

    small(name)(model, *data())

    assert set(SEEN) <= {(False, False)}
    assert torch.backends.cuda.matmul.allow_tf32
    assert torch.backends.cudnn.allow_tf32
