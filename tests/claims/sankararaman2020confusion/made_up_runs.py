"""Runs of networks that were never trained: what is measured on them is made up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

SEEDS, EPOCHS = 12, 20


@dataclass(frozen=True, kw_only=True)
class Network:
    """What a kind of network comes to: final loss, speed, lowest cosine and test accuracy."""

    loss: float = 0.1
    half: float = 5.0  # epochs until the loss is at half of ln 10
    lowest: float = -0.3
    accuracy: float = 0.9


def measured(networks: Mapping[str, Network]) -> Callable[..., dict[str, np.ndarray]]:
    """What a claim is given to measure with, of arms with these networks."""

    def of(quantity: str, **_: object) -> dict[str, np.ndarray]:
        return {arm: _values(quantity, network, arm) for arm, network in networks.items()}

    return of


def swapped(networks: Mapping[str, Network], a: str, b: str) -> dict[str, Network]:
    """The same with two networks in each other's place."""
    return {**networks, a: networks[b], b: networks[a]}


def changed(networks: Mapping[str, Network], arm: str, **fields: float) -> dict[str, Network]:
    """The same with one network changed."""
    return {**networks, arm: replace(networks[arm], **fields)}


def _values(quantity: str, network: Network, arm: str) -> np.ndarray:
    rng = np.random.default_rng([sum(map(ord, quantity)), sum(map(ord, arm))])
    factor = np.exp(rng.normal(0, 0.05, (SEEDS, 1)))
    if quantity.startswith("losses by epoch"):
        times = np.arange(EPOCHS) + 0.5
        return np.log(10) * 0.5 ** (times / (network.half * factor))
    if quantity.startswith("gradient cosine"):
        even = np.linspace(-1, 1, 100)
        return network.lowest * factor * even + rng.normal(0, 0.002, (SEEDS, 100))
    if quantity.startswith("accuracy"):
        return np.round((network.accuracy + rng.normal(0, 0.01, SEEDS)) * 500) / 500
    assert quantity.startswith("loss"), quantity
    return network.loss * factor[:, 0]
