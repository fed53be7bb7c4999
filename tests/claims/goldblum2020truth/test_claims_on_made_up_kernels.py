"""Claims on the kernel whose runs are in no report: chosen numbers decide their words."""

import numpy as np
import pytest

from claims.goldblum2019truth import test_ntk_resnet_falsified as falsified_claim
from claims.goldblum2020truth import (
    kernel_scale,
    test_kernel_scale,
    test_ntk_bn_skip,
    test_ntk_conv,
    test_ntk_early,
    test_ntk_performance,
    test_ntk_removal,
    test_ntk_training,
    wide_network_training,
)
from claims.goldblum2020truth.kernel_recipes import (
    ACCURACY,
    AVERAGE,
    CHANGE,
    CORRELATION,
    FILTERS,
    KERNEL,
    MODES,
    NORM_AFTER,
    PARAMETERS,
    SMALL_WIDENINGS,
    SMALL_WIDTHS,
    WIDENINGS,
    WIDTHS,
)
from claims.goldblum2020truth.test_ntk_wrn_reversal import (
    test_the_kernel_of_a_wider_resnet_is_less_like_the_initial_one as reversal,
)
from claims.goldblum2020truth.test_parameter_change import (
    test_parameters_move_less_in_wider_simple_networks_and_not_in_resnets as parameters,
)
from tests.claims.goldblum2020truth.made_up_kernels import SEEDS, kernels, measured_as, trained
from tests.claims.planted import verdict, verdict_on
from tests.mutation import mutant

FALSIFIED = falsified_claim.test_the_kernel_of_a_wider_resnet_is_no_more_like_the_initial_one
WITHOUT = test_ntk_bn_skip.test_without_batch_norm_or_skips_width_makes_no_difference
EARLY = test_ntk_early.test_most_of_the_change_of_the_kernel_happens_early
NORM = test_ntk_early.test_the_norm_of_the_kernel_rises
ALIKE = test_ntk_conv.test_the_kernel_of_a_wide_conv_net_changes_little_beyond_a_rescaling
NO_RECOVERY = test_ntk_removal.test_a_resnet_without_one_part_does_not_recover_the_trend
DROP = test_ntk_removal.test_the_kernel_of_the_widest_mlp_is_less_like_its_start
PERFORMANCE = test_ntk_performance.test_networks_with_unstable_kernels_classify_as_well
CONSTANT = test_ntk_training.test_training_leaves_the_kernel_of_wide_networks_constant
LINEARISED = test_ntk_training.test_the_linearised_network_has_the_outputs_of_the_trained_one
SCALE = (
    test_kernel_scale.test_the_size_of_the_kernel_depends_strongly_on_the_scale_of_the_parameters
)


def by_width(widths, slope, *, prefix="", middle=0.5):
    """Values that rise by `slope` at each doubling of the width, about `middle`."""
    doublings = np.log2(widths) - np.mean(np.log2(widths))
    return {f"{prefix}{w}": middle + slope * d for w, d in zip(widths, doublings, strict=True)}


def resnets(slope, others=None, accuracy=1.0):
    """Wide ResNets whose correlation rises so in evaluation mode, and so in other modes."""
    slopes = dict.fromkeys(MODES, slope if others is None else others) | {"eval": slope}
    samples = {
        MODES[mode].name: kernels(by_width(SMALL_WIDENINGS, rise), CORRELATION, place=place)
        for place, (mode, rise) in enumerate(slopes.items())
    }
    return measured_as(**samples, **{ACCURACY.name: trained(samples[MODES["eval"].name], accuracy)})


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize(("slope", "word"), [(-0.1, "CONFIRMED"), (0.1, "REFUTED")])
def test_correlations_that_fall_with_the_width_are_a_reversal(mode, slope, word):
    assert verdict_on(reversal, f"fast-He-{mode}", resnets(slope)) == word


def test_a_reversal_in_evaluation_mode_alone_is_confounded():
    measured = resnets(-0.1, others=0.1)

    assert verdict_on(reversal, "fast-He-eval", measured) == "INCONCLUSIVE"


def test_resnets_that_do_not_fit_say_nothing_of_a_reversal():
    assert verdict_on(reversal, "fast-He-eval", resnets(0.1, accuracy=0.9)) == "INCONCLUSIVE"


def without(variant, whole):
    """Wide ResNets of the paper's widenings, one part removed and whole."""
    samples = kernels(
        by_width(WIDENINGS, variant) | by_width(WIDENINGS, whole, prefix=test_ntk_bn_skip.WHOLE),
        CORRELATION,
    )
    return measured_as(**{KERNEL.name: samples, ACCURACY.name: trained(samples)})


@pytest.mark.parametrize(
    ("variant", "whole", "word"),
    [(0.0, -0.1, "CONFIRMED"), (0.1, -0.1, "REFUTED"), (0.0, 0.0, "INCONCLUSIVE")],
)
def test_a_level_line_explains_a_fall_where_there_is_one(variant, whole, word):
    assert verdict_on(WITHOUT, "full-no-bn-He", without(variant, whole)) == word


@pytest.mark.parametrize(
    ("variant", "simple", "word"),
    [(0.0, 0.1, "CONFIRMED"), (0.1, 0.1, "REFUTED"), (-0.1, 0.0, "INCONCLUSIVE")],
)
def test_a_trend_that_comes_back_is_seen_where_simple_networks_have_one(variant, simple, word):
    mlps = by_width(WIDTHS, simple, prefix=test_ntk_removal.MLP)
    samples = kernels(by_width(WIDENINGS, variant) | mlps, CORRELATION)
    measured = measured_as(**{KERNEL.name: samples, ACCURACY.name: trained(samples)})

    assert verdict_on(NO_RECOVERY, "full-no-bn-He", measured) == word


@pytest.mark.parametrize(
    ("widest", "change", "word"),
    [(0.97, 5.0, "CONFIRMED"), (0.8, 5.0, "REFUTED"), (0.97, 0.5, "INCONCLUSIVE")],
)
def test_a_wide_conv_net_keeps_its_shape_where_its_kernel_grows(widest, change, word):
    values = dict(zip((f"{w}" for w in FILTERS), (0.5, 0.6, 0.7, widest), strict=True))
    samples = kernels(values, CORRELATION, CHANGE=dict.fromkeys(values, change))
    measured = measured_as(**{KERNEL.name: samples, ACCURACY.name: trained(samples)})

    assert verdict_on(ALIKE, "full-He", measured) == word


@pytest.mark.parametrize(
    ("last", "first", "word"),
    [(0.6, 0.4, "CONFIRMED"), (0.9, 0.4, "REFUTED"), (0.6, 0.9, "INCONCLUSIVE")],
)
def test_a_drop_at_the_widest_mlps_is_one_after_a_rise(last, first, word):
    before = by_width(WIDTHS[:-1], (0.8 - first) / 4, middle=(0.8 + first) / 2)
    samples = kernels(before | {f"{WIDTHS[-1]}": last}, CORRELATION)
    measured = measured_as(**{KERNEL.name: samples, ACCURACY.name: trained(samples)})

    assert verdict_on(DROP, "full-four-layer-He", measured) == word


def falsified(slope):
    """Wide ResNets beside four-layer MLPs whose correlation rises."""
    widths = SMALL_WIDTHS["four-layer"]
    mlps = by_width(widths, 0.1, prefix=falsified_claim.MLP)
    samples = kernels(by_width(SMALL_WIDENINGS, slope) | mlps, CORRELATION)
    accuracy = trained(samples) | {f"{falsified_claim.MLP}{widths[0]}": np.full(SEEDS, 0.7)}
    return measured_as(**{MODES["eval"].name: samples, ACCURACY.name: accuracy})


@pytest.mark.parametrize(("slope", "word"), [(-0.05, "CONFIRMED"), (0.15, "REFUTED")])
def test_correlations_that_do_not_rise_falsify_the_trend(slope, word):
    assert verdict_on(FALSIFIED, "fast-He", falsified(slope)) == word


def moved(exponent):
    """Parameters that move like width^−exponent, and less with width in a four-layer MLP."""
    widths = {"wide-resnet": SMALL_WIDENINGS, "four-layer": SMALL_WIDTHS["four-layer"]}
    exponents = {"wide-resnet": exponent, "four-layer": 0.5}
    generator = np.random.default_rng(1)
    samples = {
        f"{kind} {w}": w ** -exponents[kind] * (1 + generator.normal(scale=0.01, size=(SEEDS, 2)))
        for kind, own in widths.items()
        for w in own
    }
    assert AVERAGE == 0
    return measured_as(**{PARAMETERS.name: samples, ACCURACY.name: trained(samples)})


@pytest.mark.parametrize(("exponent", "word"), [(0.0, "CONFIRMED"), (0.4, "REFUTED")])
def test_parameters_of_wide_resnets_that_move_alike_are_told_from_others(exponent, word):
    assert verdict_on(parameters, "fast-wide-resnet-He", moved(exponent)) == word


def evolution(stepped, flat, doubled=2.0):
    """Kernels that have come so far of their way after the first epoch, in both schedules."""
    arms = {test_ntk_early.STEPPED: stepped, test_ntk_early.FLAT: flat}
    _, _, quantities = test_ntk_early.asked("fast", "four-layer")
    samples = {}
    for place, quantity in enumerate(quantities):
        part = arms if place == 0 else dict.fromkeys(arms, 1.0)
        samples[quantity.name] = kernels(
            part,
            CHANGE,
            place=place,
            CORRELATION={arm: 1 - value / 2 for arm, value in part.items()},
            NORM_AFTER=dict.fromkeys(arms, 10 * 2**doubled),
        )
    return measured_as(**samples, **{ACCURACY.name: trained(arms)})


@pytest.mark.parametrize(
    ("stepped", "flat", "word"),
    [(0.8, 0.8, "CONFIRMED"), (0.2, 0.2, "REFUTED"), (0.8, 0.2, "INCONCLUSIVE")],
)
def test_a_late_change_is_not_taken_for_an_early_one(stepped, flat, word):
    assert verdict_on(EARLY, "fast-four-layer-He", evolution(stepped, flat)) == word


@pytest.mark.parametrize(("doubled", "word"), [(2.0, "CONFIRMED"), (-1.0, "REFUTED")])
def test_a_norm_that_falls_does_not_rise(doubled, word):
    assert NORM_AFTER == 7
    measured = evolution(0.8, 0.8, doubled)

    assert verdict_on(NORM, "fast-four-layer-He", measured) == word


def two_networks(difference, change=10.0, alike=0.3):
    """An unstable network that is so much better than a stable one."""
    unstable, stable = test_ntk_performance.UNSTABLE, test_ntk_performance.STABLE
    samples = kernels(
        {unstable: change, stable: 0.5}, CHANGE, CORRELATION={unstable: alike, stable: 0.9}
    )
    scatter = np.linspace(-0.01, 0.01, SEEDS)
    test = {unstable: 0.9 + difference + scatter, stable: 0.9 - scatter}
    return measured_as(
        **{
            KERNEL.name: samples,
            ACCURACY.name: trained(samples),
            test_ntk_performance.TEST.name: test,
            test_ntk_performance.UNTRAINED.name: dict.fromkeys(samples, 0.1 + scatter[::-1] ** 2),
        }
    )


@pytest.mark.parametrize(("difference", "word"), [(0.0, "CONFIRMED"), (-0.1, "REFUTED")])
def test_accuracy_that_is_lost_with_stability_is_seen(difference, word):
    assert verdict_on(PERFORMANCE, "fast-two-layer", two_networks(difference)) == word


@pytest.mark.parametrize("stable", [{"change": 0.5}, {"alike": 0.9}])
def test_two_kernels_that_are_as_stable_say_nothing_of_stability(stable):
    assert verdict_on(PERFORMANCE, "fast-two-layer", two_networks(0.0, **stable)) == "INCONCLUSIVE"


def in_training(exponent, left=0.1):
    """What goes like width^−exponent in NTK parametrisation, and stays otherwise."""
    widths = np.array(test_ntk_training.WIDTHS)
    noise = 1 + np.random.default_rng(0).normal(scale=0.02, size=(SEEDS, len(widths)))
    moving, staying = widths**-exponent * noise, 0.5 * noise
    named = {"change": moving, "apart": moving, "left": np.full(noise.shape, left) * noise}
    named |= {f"{name}, divided outputs": staying for name in ("change", "apart")}
    return measured_as(**{name: {"networks": values} for name, values in named.items()})


@pytest.mark.parametrize("claim", [CONSTANT, LINEARISED])
@pytest.mark.parametrize("depth", list(test_ntk_training.DEPTHS))
@pytest.mark.parametrize(("exponent", "word"), [(0.5, "CONFIRMED"), (0.2, "REFUTED")])
def test_a_kernel_that_does_not_settle_with_width_is_seen(claim, depth, exponent, word):
    assert verdict_on(claim, f"fast-{depth}", in_training(exponent)) == word


def test_networks_that_stay_where_they_are_say_nothing_of_training():
    measured = in_training(0.5, left=0.9)

    assert verdict_on(CONSTANT, "fast-two-layer", measured) == "INCONCLUSIVE"


@pytest.mark.parametrize(("exponent", "word"), [(2.0, "CONFIRMED"), (0.5, "REFUTED")])
def test_a_kernel_that_hardly_goes_with_scale_is_seen(exponent, word):
    scales = np.array(test_kernel_scale.SCALES)
    noise = 1 + np.random.default_rng(0).normal(scale=0.05, size=(SEEDS, len(scales)))
    sizes = {"kernels": scales**exponent * noise}
    fresh = {"kernels": np.flip(noise, axis=0)}
    measured = measured_as(**{"size": sizes, "size of fresh networks": fresh})

    assert verdict_on(SCALE, "fast-two-layer", measured) == word


@pytest.mark.parametrize(
    ("claim", "healthy", "faulty"),
    [
        (LINEARISED, "(1 - rate / len(y) * values)", "(1 - 2 * rate / len(y) * values)"),
        (CONSTANT, "relative_change(before, after)", "relative_change(before, 2 * after)"),
    ],
)
def test_a_kernel_or_a_rate_twice_as_large_is_noticed_in_training(claim, healthy, faulty):
    function = "claims.goldblum2020truth.wide_network_training:trained_networks"
    whole = {function: wide_network_training.trained_networks}
    broken = {function: mutant(wide_network_training, healthy, faulty).trained_networks}

    assert verdict(claim, "fast-two-layer", functions=whole, seeds=6) == "CONFIRMED"
    assert verdict(claim, "fast-two-layer", functions=broken, seeds=6) != "CONFIRMED"


def test_parameters_that_are_not_scaled_have_no_larger_kernel():
    function = "claims.goldblum2020truth.kernel_scale:sizes"
    whole = {function: kernel_scale.sizes}
    broken = {function: mutant(kernel_scale, "parameter *= scale", "parameter *= 1").sizes}

    assert verdict(SCALE, "fast-two-layer", functions=whole, seeds=4) == "CONFIRMED"
    assert verdict(SCALE, "fast-two-layer", functions=broken, seeds=4) != "CONFIRMED"
