"""Faults planted in the tangent kernel, each noticed by its oracle."""

import pytest

from dltheory.probes import (
    _tangent_layers,
    _tangent_network,
    _tangent_recording,
    _tangent_rows,
    _tangent_shares,
)
from dltheory.probes import tangent_kernel as probe
from dltheory.probes.tangent_kernel import tangent_kernel
from tests.mutation import mutant
from tests.probes.tangent_networks import (
    LABELS,
    NETWORKS,
    close,
    dense_kernel,
    images,
    network,
)

FAULTS = {
    "forgotten bias": (
        _tangent_layers,
        "(gram(patches(module, x).flatten(1)) + bias)",
        "gram(patches(module, x).flatten(1))",
        "MLP",
        "eval",
    ),
    "forgotten scale of a normalisation": (
        _tangent_layers,
        "normalised = (weighted - mean * summed)",
        "normalised = 0 * (weighted - mean * summed)",
        "WideResNet",
        "eval",
    ),
    "classes before points": (
        probe,
        "kernel.permute(0, 2, 1, 3)",
        "kernel.permute(0, 2, 3, 1)",
        "MLP",
        "eval",
    ),
    "bias not summed over positions": (
        _tangent_layers,
        "products(gradient.sum(dim=-1).flatten(2))",
        "products(gradient[..., 0].flatten(2))",
        "ConvNet",
        "eval",
    ),
    "mean over positions": (
        _tangent_layers,
        "summed = g.sum(dim=-1)",
        "summed = g.mean(dim=-1)",
        "WideResNet",
        "eval",
    ),
    "normalisation in the wrong mode": (
        _tangent_network,
        'norm.training = mode == "train"',
        'norm.training = mode == "calibrated"',
        "WideResNet",
        "train",
    ),
    "not calibrated": (
        _tangent_network,
        'if mode == "calibrated":',
        'if mode == "calibration":',
        "WideResNet",
        "calibrated",
    ),
    "images that see each other taken as independent": (
        _tangent_recording,
        "if not close(first.outputs[:1], alone.outputs):",
        "if False:",
        "centred",
        "eval",
    ),
    "no gradients between images": (
        _tangent_rows,
        "[images] if network.coupled else images.split(1)",
        "images.split(1)",
        "WideResNet",
        "train",
    ),
    "second use unseen": (
        _tangent_recording,
        "callers[name] == uses[name] == 1",
        "callers[name] == 1",
        "called and used",
        "eval",
    ),
    "order of images unseen": (
        _tangent_recording,
        "one.shape == other.shape and accepts(call.module, one) and close(one, other)",
        "True",
        "other order",
        "eval",
    ),
    "hooks of others first": (
        _tangent_recording,
        "prepend=True",
        "prepend=False",
        "hooked",
        "eval",
    ),
    "upper half alone": (
        _tangent_layers,
        "kernel[n:, :, n] = block.transpose(1, 2)",
        "kernel[n:, :, n] = 0",
        "few positions, many inputs",
        "eval",
    ),
    "one group alone": (
        _tangent_layers,
        "for group in range(groups):",
        "for group in range(1):",
        "groups",
        "eval",
    ),
}


def with_fault(monkeypatch, module, healthy, faulty):
    """The probe with one piece of one of its modules replaced."""
    broken = mutant(module, healthy, faulty)
    vars(broken).update({k: v for k, v in vars(module).items() if isinstance(v, type)})
    chain = [
        _tangent_layers,
        _tangent_network,
        _tangent_recording,
        _tangent_rows,
        _tangent_shares,
        probe,
    ]
    for user in chain:
        for name, value in vars(broken).items():
            if getattr(value, "__module__", "") == module.__name__ and hasattr(user, name):
                monkeypatch.setattr(user, name, value)
    return broken.tangent_kernel if module is probe else probe.tangent_kernel


def require_oracle(kernel, name, mode):
    model = network(NETWORKS[name])
    close(kernel(model, images(), LABELS, mode=mode), dense_kernel(model, images(), mode))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(monkeypatch, fault):
    module, healthy, faulty, name, mode = FAULTS[fault]
    require_oracle(tangent_kernel, name, mode)

    with pytest.raises(AssertionError):
        require_oracle(with_fault(monkeypatch, module, healthy, faulty), name, mode)
