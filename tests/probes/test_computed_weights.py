"""Networks whose weights are computed from other parameters: by spectral and weight norm."""

import warnings
from contextlib import suppress

import pytest
import torch
from torch import nn
from torch.nn import utils
from torch.nn.utils import parametrizations

from dltheory.errors import SpecError
from dltheory.experiments.quantity import available_probes
from dltheory.probes._batch_norm_folding import weights_before_batch_norm, without_batch_norm
from dltheory.probes._plain_weights import plain, plain_copy
from dltheory.probes.effective_ranks import effective_ranks
from dltheory.probes.layer_norms import layer_norms
from dltheory.probes.rescaled_sharpness import rescaled_sharpness
from dltheory.probes.shuffled_effective_ranks import shuffled_effective_ranks
from dltheory.probes.spectral_norms import spectral_norms
from dltheory.randomness import drawing_from, stream
from tests.probes import promises
from tests.probes.promises import data
from tests.probes.test_conformance import small


def old_weight_norm(layer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return utils.weight_norm(layer)


PARAMETRISED = {
    "spectral norm": parametrizations.spectral_norm,
    "weight norm": parametrizations.weight_norm,
}
WAYS = PARAMETRISED | {"old spectral norm": utils.spectral_norm, "old weight norm": old_weight_norm}
every_way = pytest.mark.parametrize("way", WAYS)


class Computed:
    """A small network of two layers whose weights are computed in one of the ways."""

    def __init__(self, way, *, norm=False):
        self.way, self.norm = WAYS[way], norm

    def build(self, shape, classes):
        layer = self.way(nn.Conv2d(shape[0], 3, 3, padding=1))
        between = [nn.BatchNorm2d(3)] if self.norm else []
        last = self.way(nn.Linear(3 * shape[1] * shape[2], classes))
        return nn.Sequential(layer, *between, nn.ReLU(), nn.Flatten(), last)


def training(way, **options):
    with drawing_from(stream(1, "init")):
        network = Computed(way, **options).build((2, 6, 6), 3).double()
        network.train()(data()[0])
    return network


@pytest.mark.parametrize("name", available_probes())
@pytest.mark.parametrize("way", PARAMETRISED)
def test_a_probe_leaves_no_trace_on_computed_weights(name, way):
    with suppress(SpecError):  # some refuse such a network, and must leave none either
        promises.leaves_no_trace(small(name), Computed(way))


@pytest.mark.parametrize("name", available_probes())
@pytest.mark.parametrize("way", PARAMETRISED)
def test_a_probe_does_not_mind_the_mode_of_computed_weights(name, way):
    with suppress(SpecError):
        promises.does_not_mind_the_mode(small(name), Computed(way))


def state_of(model):
    """Buffers, and the weights that hooks leave in their modules."""
    beside = {
        f"{place}.{name}": value.detach().clone()
        for place, module in model.named_modules()
        for name, value in vars(module).items()
        if isinstance(value, torch.Tensor)
    }
    return beside | {name: buffer.clone() for name, buffer in model.named_buffers()}


READERS = {
    "spectral norms": spectral_norms,
    "layer norms": layer_norms,
    "effective ranks": effective_ranks,
    "folded layer norms": lambda *given: layer_norms(*given, folded=True),
    "weights before normalisations": lambda model, *_: weights_before_batch_norm(model),
    "homogeneous": lambda *given: small("normalised_loss")(*given),
}


@every_way
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("norm", [False, True])
def test_to_read_weights_in_training_mode_leaves_them_and_their_state(way, reader, norm):
    model = training(way, norm=norm)
    before = state_of(model)

    READERS[reader](model, *data())

    torch.testing.assert_close(state_of(model), before, rtol=0, atol=0)
    assert all(module.training for module in model.modules())


@every_way
def test_what_is_read_is_the_weight_of_evaluation_mode(way):
    model = training(way)

    found = spectral_norms(model, *data())[-1]

    model.eval()(data()[0])
    torch.testing.assert_close(found, torch.linalg.matrix_norm(model[-1].weight.detach(), 2))


@every_way
def test_a_plain_copy_computes_the_same_from_parameters_alone(way):
    model, (images, _) = training(way), data()

    copied = plain_copy(model)

    assert {name for name, _ in copied.named_parameters()} == {
        f"{place}.{part}" for place in (0, 3) for part in ("weight", "bias")
    }
    assert torch.equal(copied(images), model.eval()(images))


def test_a_network_of_plain_weights_is_not_copied():
    model = nn.Sequential(nn.Linear(2, 2))

    assert plain(model) is model


@every_way
def test_the_weights_that_are_shuffled_are_those_that_count(way):
    model = training(way)

    shuffled = shuffled_effective_ranks(model, *data(), generator=stream(1, "probe"))

    assert not torch.allclose(shuffled, effective_ranks(model, *data()))


@every_way
def test_normalisation_is_folded_into_a_computed_weight(way):
    model, (images, _) = training(way, norm=True), data()

    folded = without_batch_norm(model)

    torch.testing.assert_close(folded(images), model.eval()(images))


@every_way
def test_layers_of_computed_weights_are_not_rescaled(way):
    with drawing_from(stream(1, "init")):
        layers = [WAYS[way](nn.Linear(72, 4)), nn.ReLU(), nn.Linear(4, 3)]
    model = nn.Sequential(nn.Flatten(), *layers).double()

    with pytest.raises(SpecError, match=r"not computed as by spectral norm"):
        rescaled_sharpness(model, *data(), generator=stream(1, "probe"))
