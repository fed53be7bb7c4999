"""Networks in each other's place turn what is claimed of depth, width and kinds of block.

Runs are made up to be as the paper has them; see made_up_runs.py.
"""

import numpy as np
import pytest

from claims.sankararaman2020confusion.test_bn_skip import (
    test_batch_norm_or_skips_help_and_together_keep_confusion_low as bn_skip,
)
from claims.sankararaman2020confusion.test_confusion_during import (
    test_confusion_goes_with_depth_and_width_during_training as during,
)
from claims.sankararaman2020confusion.test_confusion_speed import (
    test_less_confused_architectures_train_faster as confusion_speed,
)
from claims.sankararaman2020confusion.test_convergence_speed import (
    test_deeper_networks_take_longer_to_a_loss_and_wider_ones_less as speed,
)
from claims.sankararaman2020confusion.test_depth_cnn import (
    test_deeper_cnns_are_slower_and_more_confused as depth_cnn,
)
from claims.sankararaman2020confusion.test_depth_mlp import (
    test_deeper_mlps_end_with_higher_loss_and_more_confusion as depth_mlp,
)
from claims.sankararaman2020confusion.test_tanh_untrainable import (
    test_very_deep_or_narrow_tanh_networks_do_not_train as untrainable,
)
from claims.sankararaman2020confusion.test_test_accuracy import (
    test_test_accuracy_falls_with_depth_and_rises_with_width as accuracy,
)
from claims.sankararaman2020confusion.test_width_cnn import (
    test_wider_cnns_are_faster_and_less_confused as width_cnn,
)
from claims.sankararaman2020confusion.test_width_diminishing import (
    test_the_gain_of_width_diminishes as diminishing,
)
from claims.sankararaman2020confusion.test_width_mlp import (
    test_wider_mlps_train_to_lower_loss_with_less_confusion as width_mlp,
)
from tests.claims.planted import verdict_on
from tests.claims.sankararaman2020confusion.made_up_runs import (
    Network,
    changed,
    measured,
    swapped,
)

EASY = Network(loss=0.003, half=1.0, lowest=-0.1, accuracy=0.95)
HARD = Network(loss=0.6, half=8.0, lowest=-0.8, accuracy=0.5)
MIDDLE = Network(loss=0.04, half=3.0, lowest=-0.45, accuracy=0.8)

DEPTHS = {"10": EASY, "16": HARD}
WIDTHS = {"1": HARD, "2": MIDDLE, "4": EASY}
MLP_DEPTHS = {"3": EASY, "10": MIDDLE, "30": HARD}
MLP_WIDTHS = {"8": HARD, "16": MIDDLE, "32": MIDDLE, "64": EASY}
KINDS = {
    "neither 10": MIDDLE,
    "neither 16": HARD,
    "batch norm 16": MIDDLE,
    "skips 16": MIDDLE,
    "both 10": EASY,
    "both 16": EASY,
}
FULL_KINDS = {
    "neither 16": EASY,
    "neither 40": HARD,
    "batch norm 16": EASY,
    "batch norm 100": MIDDLE,
    "skips 16": EASY,
    "skips 100": MIDDLE,
    "both 16": EASY,
    "both 100": EASY,
}
TURNED = {
    **{
        f"depth-cnn {case}": (depth_cnn, f"fast-{case}", DEPTHS, ("10", "16"))
        for case in ("loss", "confusion", "spread")
    },
    **{
        f"width-cnn {case}": (width_cnn, f"fast-{case}", WIDTHS, ("1", "4"))
        for case in ("loss", "confusion", "spread")
    },
    **{
        f"depth-mlp {case}": (depth_mlp, f"fast-{case}", MLP_DEPTHS, ("3", "30"))
        for case in ("tanh-loss", "tanh-confusion", "identity-loss")
    },
    **{
        f"width-mlp {case}": (width_mlp, f"fast-{case}", MLP_WIDTHS, ("8", "64"))
        for case in ("loss", "confusion")
    },
    "steps of CNNs, depth": (speed, "fast-cnn-depth", DEPTHS, ("10", "16")),
    "steps of CNNs, width": (speed, "fast-cnn-width", WIDTHS, ("1", "4")),
    "steps of MLPs, depth": (speed, "fast-tanh-depth", MLP_DEPTHS, ("3", "30")),
    "steps of MLPs, width": (speed, "fast-tanh-width", MLP_WIDTHS, ("8", "64")),
    "accuracy, depth": (accuracy, "fast-depth", DEPTHS, ("10", "16")),
    "accuracy, width": (accuracy, "fast-width", WIDTHS, ("1", "4")),
    "during, depth": (during, "fast-depth", DEPTHS, ("10", "16")),
    "during, width": (during, "fast-width", WIDTHS, ("1", "4")),
    "alone helps": (bn_skip, "fast-alone-helps", KINDS, ("neither 16", "skips 16")),
    "alone degrades": (bn_skip, "full-alone-degrades", FULL_KINDS, ("skips 16", "skips 100")),
    "alone confused": (bn_skip, "full-alone-confused", FULL_KINDS, ("skips 16", "skips 100")),
    "both unconfused": (bn_skip, "fast-both-unconfused", KINDS, ("both 16", "skips 16")),
    "does not train": (
        untrainable,
        "fast",
        {"100": Network(loss=2.5), "3": EASY},
        ("100", "3"),
    ),
    "the gain diminishes": (
        diminishing,
        "fast-mlp",
        {"8": HARD, "16": EASY, "32": EASY, "64": EASY},
        ("8", "16"),
    ),
}


@pytest.mark.parametrize("claim", TURNED)
def test_networks_in_each_others_place_turn_the_word(claim):
    test, form, networks, pair = TURNED[claim]

    assert verdict_on(test, form, measured(networks)) == "CONFIRMED"
    assert verdict_on(test, form, measured(swapped(networks, *pair))) != "CONFIRMED"


def test_accuracy_that_falls_with_both_is_not_kept():
    fallen = changed(KINDS, "both 16", accuracy=0.8)

    assert verdict_on(accuracy, "fast-kept", measured(KINDS)) == "CONFIRMED"
    assert verdict_on(accuracy, "fast-kept", measured(fallen)) == "REFUTED"


def test_confusion_that_is_the_same_all_the_time_is_not_strongest_at_the_end():
    depths = {"16": EASY, "22": EASY, "28": MIDDLE, "34": MIDDLE, "40": HARD}

    assert verdict_on(during, "full-depth-late", measured(depths)) != "CONFIRMED"


def test_slow_networks_that_are_less_confused_turn_the_thesis():
    of_all = {f"CNN · {name}": network for name, network in KINDS.items()}
    confused = {
        name: Network(loss=n.loss, half=n.half, lowest=-0.9 - n.lowest)
        for name, n in of_all.items()
    }

    assert verdict_on(confusion_speed, "fast-cnn", measured(of_all)) == "CONFIRMED"
    assert verdict_on(confusion_speed, "fast-cnn", measured(confused)) == "REFUTED"


def test_networks_that_stay_where_they_began_put_confusion_outside_the_regime():
    stuck = changed(DEPTHS, "16", loss=float(np.log(10)))

    assert verdict_on(depth_cnn, "fast-confusion", measured(stuck)) == "INCONCLUSIVE"
