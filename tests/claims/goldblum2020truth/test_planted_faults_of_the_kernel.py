"""A fault planted in each claim on the tangent kernel turns its verdict."""

import pytest

from claims.goldblum2019truth import test_ntk_transfers
from claims.goldblum2020truth import (
    infinite_width,
    test_ntk_conv,
    test_ntk_depth,
    test_ntk_images,
    test_ntk_infinite,
    test_ntk_mlp,
    test_ntk_rescaling,
    test_parameter_change,
)
from claims.goldblum2020truth.kernel_recipes import (
    ACCURACY,
    CHANGE,
    CORRELATION,
    COSINE,
    KERNEL,
    LOWEST_LABELS,
    SMALL_FILTERS,
    SMALL_WIDTHS,
)
from tests.claims.planted import verdict
from tests.mutation import mutant

MLP = test_ntk_mlp.test_training_changes_the_kernel_of_wider_mlps_less
DEPTH = test_ntk_depth.test_the_kernel_of_four_layers_settles_more_slowly_than_that_of_two
CONV = test_ntk_conv.test_the_kernel_of_a_wider_conv_net_grows_more_and_keeps_its_shape
MOST = test_ntk_rescaling.test_most_of_the_change_of_the_kernel_is_of_scale
ALMOST_ALL = test_ntk_rescaling.test_almost_all_of_the_change_of_the_kernel_is_of_scale
IMAGES = test_ntk_images.test_the_trend_does_not_hinge_on_the_images
INFINITE = test_ntk_infinite.test_the_kernel_of_wide_networks_tends_to_the_analytic_one
PARAMETERS = (
    test_parameter_change.test_parameters_move_less_in_wider_simple_networks_and_not_in_resnets
)
TRANSFERS = test_ntk_transfers.test_wide_network_theory_transfers_to_mlps_and_plain_conv_nets


def reversed_(widths, prefix=""):
    """The runs of the widest network in the place of the narrowest, and so on."""
    return {f"{prefix}{w}": f"{prefix}{v}" for w, v in zip(widths, reversed(widths), strict=True)}


def number(place, change):
    """One number of a probe of several, changed."""

    def changed(samples):
        samples = samples.copy()
        samples[:, place] = change(samples[:, place])
        return samples

    return changed


@pytest.mark.parametrize("measure", ["change", "correlation"])
@pytest.mark.parametrize("depth", ["two-layer", "four-layer"])
def test_mlps_in_the_wrong_order_settle_with_no_width(depth, measure):
    which = f"fast-{depth}-He-{measure}"

    assert verdict(MLP, which) == "CONFIRMED"
    assert verdict(MLP, which, arms=reversed_(SMALL_WIDTHS[depth])) == "REFUTED"


def test_a_trend_that_goes_with_a_scaled_rate_is_confounded():
    widths = SMALL_WIDTHS["two-layer"]
    fault = reversed_(widths, test_ntk_mlp.SLOWED)

    assert verdict(MLP, "fast-two-layer-He-correlation", arms=fault) == "INCONCLUSIVE"


def test_with_depths_swapped_the_deeper_does_not_settle_more_slowly():
    swapped = {
        f"{one}-layer {w}": f"{other}-layer {w}"
        for one, other in (("two", "four"), ("four", "two"))
        for w in test_ntk_depth.COMMON_WIDTHS
    }

    assert verdict(DEPTH, "fast-PyTorch") == "CONFIRMED"
    assert verdict(DEPTH, "fast-PyTorch", arms=swapped) != "CONFIRMED"


def test_conv_nets_in_the_wrong_order_change_more():
    which = "fast-He-change"

    assert verdict(CONV, which) == "REFUTED"
    assert verdict(CONV, which, arms=reversed_(SMALL_FILTERS)) == "CONFIRMED"


def cosine(width, change):
    """The cosine of the kernels of one width, changed."""
    return {(KERNEL.name, width): number(COSINE, change)}


def test_a_change_of_shape_is_not_taken_for_one_of_scale():
    assert verdict(MOST, "fast-two-layer-PyTorch") == "CONFIRMED"
    assert verdict(MOST, "fast-two-layer-PyTorch", change=cosine("256", lambda c: c / 2)) == (
        "REFUTED"
    )


def test_a_cosine_near_1_would_be_almost_all():
    fault = cosine("128", lambda c: 1 - (1 - c) / 100)

    assert verdict(ALMOST_ALL, "fast-four-layer-He") == "REFUTED"
    assert verdict(ALMOST_ALL, "fast-four-layer-He", change=fault) == "CONFIRMED"


def test_only_the_widest_network_is_asked_what_its_change_is():
    fault = cosine("32", lambda c: c / 2)

    assert verdict(MOST, "fast-two-layer-PyTorch", change=fault) == "CONFIRMED"


def test_a_kernel_that_hardly_changes_is_outside_the_regime_of_a_rescaling():
    fault = {(KERNEL.name, "256"): number(CHANGE, lambda c: c / 10)}

    assert verdict(MOST, "fast-two-layer-PyTorch", change=fault) == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("test", "which", "arm"),
    [
        (MLP, "fast-two-layer-He-change", "32"),
        (CONV, "fast-He-change", "4"),
        (DEPTH, "fast-PyTorch", "two-layer 32"),
        (IMAGES, "fast-random-He", "16"),
        (PARAMETERS, "fast-simple-He", "conv 8"),
        (TRANSFERS, "fast-He", "conv 16"),
        (MOST, "fast-two-layer-PyTorch", "256"),
    ],
)
def test_a_network_that_does_not_learn_is_outside_the_regime(test, which, arm):
    fault = {(ACCURACY.name, arm): lambda accuracy: accuracy / 10}

    assert verdict(test, which) != "INCONCLUSIVE"
    assert verdict(test, which, change=fault) == "INCONCLUSIVE"


def test_images_on_which_the_kernel_behaves_otherwise_are_noticed():
    fault = {(LOWEST_LABELS.name, "128"): number(CORRELATION, lambda c: c / 2)}

    assert verdict(IMAGES, "fast-lowest-labels-PyTorch") == "CONFIRMED"
    assert verdict(IMAGES, "fast-lowest-labels-PyTorch", change=fault) == "REFUTED"


def test_another_limit_is_not_tended_to():
    broken = mutant(
        infinite_width,
        "hidden_layers=hidden_layers)\n    limit",
        "hidden_layers=hidden_layers, bias_scale=1.0)\n    limit",
    )
    functions = {"claims.goldblum2020truth.infinite_width:distances": broken.distances}

    assert verdict(INFINITE, "fast-two-layer") == "CONFIRMED"
    assert verdict(INFINITE, "fast-two-layer", functions=functions, seeds=3) == "REFUTED"


def test_parameters_of_networks_in_the_wrong_order_move_more():
    widths = SMALL_WIDTHS["four-layer"]
    fault = reversed_(widths, "four-layer ")

    assert verdict(PARAMETERS, "fast-simple-He") == "CONFIRMED"
    assert verdict(PARAMETERS, "fast-simple-He", arms=fault) == "REFUTED"


def test_theory_that_fails_one_network_does_not_transfer():
    assert verdict(TRANSFERS, "fast-He") == "CONFIRMED"
    assert verdict(TRANSFERS, "fast-He", arms=reversed_(SMALL_FILTERS, "conv ")) == "REFUTED"
