"""A fault planted in each claim on the tangent kernel turns its verdict."""

import pytest

from claims.goldblum2019truth import test_ntk_resnet_falsified, test_ntk_transfers
from claims.goldblum2020truth import (
    infinite_width,
    test_ntk_bn_skip,
    test_ntk_conv,
    test_ntk_depth,
    test_ntk_early,
    test_ntk_images,
    test_ntk_infinite,
    test_ntk_mlp,
    test_ntk_rescaling,
    test_ntk_wrn_reversal,
    test_parameter_change,
)
from claims.goldblum2020truth.kernel_recipes import (
    ACCURACY,
    AVERAGE,
    CHANGE,
    CORRELATION,
    COSINE,
    KERNEL,
    LOWEST_LABELS,
    MODES,
    NORM_AFTER,
    SMALL_FILTERS,
    SMALL_WIDENINGS,
    SMALL_WIDTHS,
)
from claims.goldblum2020truth.kernel_recipes import PARAMETERS as PARAMETER_CHANGE
from tests.claims.planted import verdict
from tests.mutation import mutant

MLP = test_ntk_mlp.test_training_changes_the_kernel_of_wider_mlps_less
DEPTH = test_ntk_depth.test_the_kernel_of_four_layers_settles_more_slowly_than_that_of_two
CONV = test_ntk_conv.test_the_kernel_of_a_wider_conv_net_grows_more_and_keeps_its_shape
MOST = test_ntk_rescaling.test_most_of_the_change_of_the_kernel_is_of_scale
ALMOST_ALL = test_ntk_rescaling.test_almost_all_of_the_change_of_the_kernel_is_of_scale
IMAGES = test_ntk_images.test_the_trend_does_not_hinge_on_the_images
INFINITE = test_ntk_infinite.test_the_kernel_of_wide_networks_tends_to_the_analytic_one
REVERSAL = test_ntk_wrn_reversal.test_the_kernel_of_a_wider_resnet_is_less_like_the_initial_one
WITHOUT = test_ntk_bn_skip.test_without_batch_norm_or_skips_width_makes_no_difference
PARAMETERS = (
    test_parameter_change.test_parameters_move_less_in_wider_simple_networks_and_not_in_resnets
)
EARLY = test_ntk_early.test_most_of_the_change_of_the_kernel_happens_early
NORM = test_ntk_early.test_the_norm_of_the_kernel_rises
TRANSFERS = test_ntk_transfers.test_wide_network_theory_transfers_to_mlps_and_plain_conv_nets
FALSIFIED = (
    test_ntk_resnet_falsified.test_the_kernel_of_a_wider_resnet_is_no_more_like_the_initial_one
)


def reversed_(widths, prefix=""):
    """The runs of the widest network in the place of the narrowest, and so on."""
    return {f"{prefix}{w}": f"{prefix}{v}" for w, v in zip(widths, reversed(widths), strict=True)}


def level(quantity, place, arms):
    """One number of a probe, nearly the same in every one of these arms."""
    return {
        (quantity.name, arm): number(place, lambda v: 0.5 + (v / v.mean() - 1) / 50) for arm in arms
    }


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
        (REVERSAL, "fast-PyTorch-eval", "4"),
        (NORM, "fast-four-layer-He", test_ntk_early.FLAT),
        (PARAMETERS, "fast-simple-He", "conv 8"),
        (FALSIFIED, "fast-PyTorch", "4"),
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


def test_wide_resnets_in_the_wrong_order_show_a_reversal():
    assert verdict(REVERSAL, "fast-PyTorch-eval") == "REFUTED"
    assert verdict(REVERSAL, "fast-PyTorch-eval", arms=reversed_(SMALL_WIDENINGS)) == "CONFIRMED"


def test_a_reversal_in_evaluation_mode_alone_is_confounded():
    falling = {
        (MODES["eval"].name, f"{k}"): number(CORRELATION, lambda c, k=k: 0.9 - 0.1 * k + c / 100)
        for k in SMALL_WIDENINGS
    }

    assert verdict(REVERSAL, "fast-He-eval", change=falling) == "INCONCLUSIVE"


def test_a_level_line_without_a_fall_to_explain_is_outside_the_regime():
    flat = level(MODES["eval"], CORRELATION, [f"{k}" for k in SMALL_WIDENINGS])
    falls = reversed_(SMALL_WIDENINGS, test_ntk_bn_skip.WHOLE)
    which = "fast-no-skips-He"

    assert verdict(WITHOUT, which) == "INCONCLUSIVE"
    assert verdict(WITHOUT, which, change=flat) == "INCONCLUSIVE"
    assert verdict(WITHOUT, which, change=flat, arms=falls) == "CONFIRMED"


def test_parameters_of_networks_in_the_wrong_order_move_more():
    widths = SMALL_WIDTHS["four-layer"]
    fault = reversed_(widths, "four-layer ")

    assert verdict(PARAMETERS, "fast-simple-He") == "CONFIRMED"
    assert verdict(PARAMETERS, "fast-simple-He", arms=fault) == "REFUTED"


def test_wide_resnets_whose_parameters_move_alike_are_told_from_others():
    flat = level(PARAMETER_CHANGE, AVERAGE, [f"wide-resnet {k}" for k in SMALL_WIDENINGS])

    assert verdict(PARAMETERS, "fast-wide-resnet-He") == "REFUTED"
    assert verdict(PARAMETERS, "fast-wide-resnet-He", change=flat) == "CONFIRMED"


def early(arm):
    """The kernel of an arm at the early epoch, as if it had hardly moved by then."""
    epochs, _, quantities = test_ntk_early.asked("fast", "four-layer")
    quantity = quantities[epochs.index(test_ntk_early.EARLY_EPOCH["four-layer"])]
    return {(quantity.name, arm): number(CHANGE, lambda c: c / 5)}


@pytest.mark.parametrize(
    ("arm", "becomes"),
    [(test_ntk_early.STEPPED, "REFUTED"), (test_ntk_early.FLAT, "INCONCLUSIVE")],
)
def test_a_late_change_is_not_taken_for_an_early_one(arm, becomes):
    assert verdict(EARLY, "fast-four-layer-He") == "CONFIRMED"
    assert verdict(EARLY, "fast-four-layer-He", change=early(arm)) == becomes


def test_a_norm_that_falls_does_not_rise():
    _, _, quantities = test_ntk_early.asked("fast", "four-layer")
    fault = {(quantities[-1].name, test_ntk_early.STEPPED): number(NORM_AFTER, lambda n: n / 100)}

    assert verdict(NORM, "fast-four-layer-He") == "CONFIRMED"
    assert verdict(NORM, "fast-four-layer-He", change=fault) == "REFUTED"


def test_theory_that_fails_one_network_does_not_transfer():
    assert verdict(TRANSFERS, "fast-He") == "CONFIRMED"
    assert verdict(TRANSFERS, "fast-He", arms=reversed_(SMALL_FILTERS, "conv ")) == "REFUTED"


def test_wide_resnets_in_the_wrong_order_falsify_the_trend():
    assert verdict(FALSIFIED, "fast-PyTorch") == "REFUTED"
    assert verdict(FALSIFIED, "fast-PyTorch", arms=reversed_(SMALL_WIDENINGS)) == "CONFIRMED"
