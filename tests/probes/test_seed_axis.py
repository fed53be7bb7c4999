"""Networks that differ by seed alone, evaluated together."""

import pytest
import torch
from torch import nn

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import _seed_axis
from dltheory.probes import accuracy as accuracy_module
from dltheory.probes import loss as loss_module
from dltheory.probes._seed_axis import logits_together
from dltheory.probes.accuracy import accuracies, accuracy
from dltheory.probes.gradient_norm import gradient_norms
from dltheory.probes.loss import loss, losses
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

SPECS = (MLP(hidden=(6, 5)), ResNet(width=2, blocks=(1, 1)))


def network(spec, seed):
    """With running statistics and modes of its own."""
    with drawing_from(stream(seed, "init")):
        model = spec.build((2, 4, 4), 3).double()
        model(torch.randn(8, 2, 4, 4, dtype=torch.float64) + seed)
    return model.train(mode=seed % 2 == 0)


def data(count=20):
    generator = stream(2, "data")
    images = torch.randn(count, 2, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


def outputs_are_those_of_each(logits_together):
    for spec in SPECS:
        models, (images, _) = [network(spec, seed) for seed in range(4)], data()

        found = [outputs for _, outputs in logits_together(models, images, 7)]

        expected = torch.stack([network(spec, seed).eval()(images) for seed in range(4)])
        torch.testing.assert_close(torch.cat(found, dim=1), expected.detach())


def test_outputs_together_are_those_of_each_network():
    outputs_are_those_of_each(logits_together)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("vmap(one)(parameters, self._buffers)", "vmap(one)(parameters, "
         "{n: b[:1].expand_as(b) for n, b in self._buffers.items()})"),
        ("vmap(one)(parameters, self._buffers)", "vmap(one)(parameters, self._buffers).flip(0)"),
        ("(parameters, buffers), (images,)", "(buffers,), (images,)"),
        ("images[part])", "images[:batch])"),
        ("stack_module_state(list(models))", "stack_module_state([models[0]] * len(models))"),
        ("stack.enter_context(evaluating(model, images))", "model.train()"),
    ],
    ids=[
        "statistics of the first",
        "seeds turned",
        "parameters of the first",
        "first batch only",
        "one network for all",
        "training mode",
    ],
)  # fmt: skip
def test_faults_in_outputs_together_are_noticed(healthy, faulty):
    broken = mutant(_seed_axis, healthy, faulty)

    with pytest.raises((AssertionError, ValueError)):
        outputs_are_those_of_each(broken.logits_together)


def values_are_those_of_each(together, alone):
    for spec in SPECS:
        models = [network(spec, seed) for seed in range(4)]

        found = together(models, *data(), batch=7)

        assert found.tolist() == pytest.approx([alone(m, *data()) for m in models], rel=1e-12)


def losses_are_those_of_each(module):
    """The lone losses of one module, the joint ones of the other."""
    values_are_those_of_each(module.losses, loss)
    values_are_those_of_each(losses, module.loss)


def test_losses_together_are_those_of_each_network():
    losses_are_those_of_each(loss_module)


def test_accuracies_together_are_those_of_each_network():
    values_are_those_of_each(accuracies, accuracy)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("labels[part].expand", "labels[:part.stop - part.start].expand"),
        ("y, reduction=\"none\").double().sum(dim=1)", "y, reduction=\"none\").double().sum()"),
        ("total += functional", "total = functional"),
        ("return total / len(labels)\n\n\ndef", "return total\n\n\ndef"),
        (".sum(dim=1)\n    return total / len(labels)", ".sum(dim=1)\n    return total / batch"),
    ],
    ids=["labels of the first batch", "sum over seeds", "last batch only", "lone sum", "by batch"],
)  # fmt: skip
def test_faults_in_losses_are_noticed(healthy, faulty):
    broken = mutant(loss_module, healthy, faulty)

    with pytest.raises((AssertionError, RuntimeError)):
        losses_are_those_of_each(broken)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("correct(outputs, ", "correct(-outputs, "),
        ("right += correct(", "right = correct("),
        ("sum(dim=1)", "sum()"),
        (
            "sum(dim=1)\n    return right / len(labels)",
            "sum(dim=1)\n    return right / len(models)",
        ),
    ],
    ids=["smallest output", "last batch only", "sum over seeds", "mean over seeds"],
)
def test_faults_in_accuracies_are_noticed(healthy, faulty):
    broken = mutant(accuracy_module, healthy, faulty).accuracies

    with pytest.raises(AssertionError):
        values_are_those_of_each(broken, accuracy)


@pytest.mark.parametrize("together", [losses, accuracies, gradient_norms])
@pytest.mark.parametrize(
    "other",
    [
        network(MLP(hidden=(6, 4)), 1),
        network(MLP(hidden=(6, 5), activation="tanh"), 1),
        network(MLP(hidden=(6, 5)), 1).float(),
        nn.Sequential(nn.Flatten(), nn.Linear(32, 3)).double(),
    ],
    ids=["other widths", "other activation", "other precision", "other depth"],
)
def test_networks_that_are_not_alike_are_refused(together, other):
    models = [network(SPECS[0], 0), network(SPECS[0], 1), other]

    with pytest.raises(SpecError, match="got 3 networks of 2 forms"):
        together(models, *data())


def test_no_network_at_all_is_refused():
    with pytest.raises(SpecError, match="got 0 networks of 0 forms"):
        losses([], *data())
