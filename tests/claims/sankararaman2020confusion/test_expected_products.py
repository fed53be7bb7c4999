"""The witness against Theorem 4.2, labels 1 on x and −x, by NumPy and the chain rule alone."""

from itertools import pairwise

import numpy as np
import pytest

from claims.sankararaman2020confusion.unit_networks import opposite_products


def gradient(weights, x, label):
    """∇_W ½ (label − g_W(x))² of g = tanh(W_β … tanh(W_0 x)), flat, layer by layer."""
    signals = [x]
    for w in weights:
        signals.append(np.tanh(w @ signals[-1]))
    back = (signals[-1] - label) * (1 - signals[-1] ** 2)
    parts = []
    for w, given in zip(weights[::-1], signals[-2::-1], strict=True):
        parts.append(np.outer(back, given).ravel())
        back = (w.T @ back) * (1 - given**2)
    return np.concatenate(parts[::-1])


def products(rng, depth, width, inputs, networks):
    """⟨∇f(x), ∇f(−x)⟩ at one random x, in networks with entries N(0, 1/fan_in)."""
    x = rng.normal(size=inputs)
    x /= np.linalg.norm(x)
    sizes = [inputs, *[width] * depth, 1]
    found = []
    for _ in range(networks):
        weights = [
            rng.normal(size=(rows, columns)) / np.sqrt(columns) for columns, rows in pairwise(sizes)
        ]
        found.append(gradient(weights, x, 1.0) @ gradient(weights, -x, 1.0))
    return np.array(found)


@pytest.fixture(scope="module")
def of_six_layers():
    return products(np.random.default_rng(1), depth=6, width=32, inputs=16, networks=400)


def test_the_gradient_is_that_of_differences():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=size) / 2 for size in ((5, 3), (5, 5), (1, 5))]
    x = rng.normal(size=3)

    def loss():
        z = x
        for w in weights:
            z = np.tanh(w @ z)
        return float((1 - z[0]) ** 2 / 2)

    differences = []
    for w in weights:
        for i in np.ndindex(w.shape):
            w[i] += 1e-6
            above = loss()
            w[i] -= 2e-6
            differences.append((above - loss()) / 2e-6)
            w[i] += 1e-6

    assert gradient(weights, x, 1.0) == pytest.approx(differences, abs=1e-8)


def test_the_expected_inner_product_of_x_and_minus_x_is_below_minus_four(of_six_layers):
    error = of_six_layers.std(ddof=1) / np.sqrt(len(of_six_layers))

    assert of_six_layers.mean() + 4 * error < -4.5


def test_it_is_the_one_that_the_claim_calculates(of_six_layers):
    ours = opposite_products("variance", 3, 32, 6, 16, 200).numpy().mean(axis=1)
    spread = of_six_layers.std(ddof=1) / np.sqrt(len(of_six_layers)) + ours.std() / np.sqrt(200)

    assert abs(ours.mean() - of_six_layers.mean()) < 4 * spread
