"""What the claims on the tangent kernel ask of networks before a trend with width counts."""

import numpy as np
import pytest

from claims.goldblum2020truth.kernel_recipes import CHANGE
from claims.goldblum2020truth.kernel_trends import moves, of_kind


def changes(*by_width):
    """The numbers of eight networks for each width, with these relative changes of the kernel."""
    samples = {}
    for width, change in enumerate(by_width):
        samples[f"{width}"] = np.zeros((8, 8))
        samples[f"{width}"][:, CHANGE] = change * np.linspace(0.9, 1.1, 8)
    return samples


@pytest.mark.parametrize("by_width", [(1.0, 0.1, 0.01), (0.01, 0.1, 1.0)])
def test_a_kernel_that_rests_at_one_end_of_the_widths_moves_at_the_other(by_width):
    assert moves(changes(*by_width)).held


def test_a_kernel_that_rests_at_all_widths_does_not_move():
    assert not moves(changes(0.01, 0.02, 0.05)).held


def test_each_kind_of_network_has_to_move():
    assert not moves(changes(1.0, 1.0), changes(0.01, 0.01)).held


def test_the_kinds_of_networks_are_told_by_the_names_of_their_arms():
    samples = {"conv 4": np.zeros((8, 8)), "two-layer 4": np.ones((8, 8))}

    assert list(of_kind(samples, "conv ")) == ["conv 4"]
