"""Faults in the arms and probes of liu2020bad: each must turn the verdict of its claim."""

import numpy as np
import pytest

from claims.liu2020bad import gaps
from claims.liu2020bad.recipes import (
    ADVERSARIAL,
    LEAST_DOSE,
    RANDOM,
    SOTA,
    TEST,
    TRAIN,
    TRAVELLED,
    TRUE,
    VANILLA,
    arm,
    dose,
    small,
)
from claims.liu2020bad.test_adversarial_init_hurts import (
    test_an_adversarial_start_costs_vanilla_sgd_test_accuracy as init_hurts,
)
from claims.liu2020bad.test_copies import test_so_many_copies_give_the_printed_accuracy as copies
from claims.liu2020bad.test_densenet_less import FITTING
from claims.liu2020bad.test_densenet_less import (
    test_a_bad_start_costs_densenet_less as densenet_less,
)
from claims.liu2020bad.test_distance import test_sota_travels_farther_from_a_bad_start as far
from claims.liu2020bad.test_distance import test_vanilla_sgd_stays_near_a_bad_start as near
from claims.liu2020bad.test_fgsm import DIGITS_ATTACKS
from claims.liu2020bad.test_fgsm import test_bad_minima_lose_more_to_fgsm as fgsm
from claims.liu2020bad.test_heuristics import test_one_heuristic_leaves_a_gap as falls_short
from claims.liu2020bad.test_heuristics import (
    test_one_heuristic_removes_more_than_half_of_the_gap as escapes,
)
from claims.liu2020bad.test_heuristics import (
    test_two_heuristics_make_the_start_irrelevant as irrelevant,
)
from claims.liu2020bad.test_memorise import RANDOM_LABELS, TINY
from claims.liu2020bad.test_memorise import test_vanilla_sgd_fits_true_and_random_labels as memorise
from claims.liu2020bad.test_norms import test_bad_minima_have_larger_norms as norms
from claims.liu2020bad.test_replication import COPIES, copied
from claims.liu2020bad.test_replication import (
    test_more_random_labels_hurt_vanilla_and_not_sota as replication,
)
from claims.liu2020bad.test_replication_shape import test_more_copies_cost_ever_less as shape
from claims.liu2020bad.test_replication_shape import (
    test_the_bad_start_costs_up_to_forty_points as up_to_forty,
)
from claims.liu2020bad.test_sota_fits import (
    test_sgd_with_heuristics_fits_the_training_set as sota_fits,
)
from claims.liu2020bad.test_sota_norms import (
    test_sota_sgd_ends_at_smaller_norms_from_either_start as sota_norms,
)
from claims.liu2020bad.test_sota_recovers import (
    test_sota_sgd_ends_alike_from_both_starts as recovers,
)
from claims.liu2020bad.test_speed import SLOW
from claims.liu2020bad.test_speed import test_vanilla_sgd_fits_as_fast_from_either_start as speed
from claims.liu2020bad.test_what_repairs import REGULARISED
from claims.liu2020bad.test_what_repairs import (
    test_regularisation_repairs_more_than_large_steps as repairs,
)
from tests.claims.planted import verdict, verdict_on

GOOD, BAD = arm(VANILLA, RANDOM), arm(VANILLA, ADVERSARIAL)
EVEN, LONGER = arm(SOTA, ADVERSARIAL), arm(VANILLA, TRUE)
NOT_CONFIRMED = ("REFUTED", "INCONCLUSIVE")

ARMS = {
    "no random labels before": (init_hurts, "fast", {BAD: GOOD}),
    "a network that cannot memorise": (memorise, "fast", {RANDOM_LABELS: TINY}),
    "DA forgotten from the random start": (
        falls_short,
        "fast-da",
        {arm("DA", RANDOM): arm("DA", ADVERSARIAL)},
    ),
    "momentum forgotten from the random start": (
        falls_short,
        "fast-momentum",
        {arm("momentum", RANDOM): arm("momentum", ADVERSARIAL)},
    ),
    "starts exchanged under Frobenius norms": (norms, "fast-frobenius", {BAD: GOOD, GOOD: BAD}),
    "copies in reverse": (
        replication,
        "fast-vanilla",
        {copied(VANILLA, a): copied(VANILLA, b) for a, b in zip(COPIES, COPIES[::-1], strict=True)},
    ),
}


@pytest.mark.parametrize(("test", "which", "arms"), ARMS.values(), ids=ARMS)
def test_a_recipe_in_another_ones_place_is_not_confirmed(test, which, arms):
    assert verdict(test, which) == "CONFIRMED"
    assert verdict(test, which, arms=arms) != "CONFIRMED"


def test_heuristics_that_do_nothing_do_not_recover():
    nothing = {arm(SOTA, RANDOM): GOOD, EVEN: BAD}

    assert verdict(recovers, "fast", arms=nothing) in NOT_CONFIRMED


@pytest.mark.parametrize("which", ["da", "momentum"])
def test_a_heuristic_that_does_nothing_does_not_escape(which):
    name = {"da": "DA", "momentum": "momentum"}[which]
    nothing = {arm(name, RANDOM): GOOD, arm(name, ADVERSARIAL): BAD}

    assert verdict(escapes, f"fast-{which}", arms=nothing) == "REFUTED"


def test_a_heuristic_that_removes_the_gap_escapes():
    whole = {arm("DA", ADVERSARIAL): arm("DA", RANDOM)}

    assert verdict(escapes, "fast-da") == "REFUTED"
    assert verdict(escapes, "fast-da", arms=whole) == "CONFIRMED"


def test_too_small_a_dose_of_decay_is_outside_the_regime_whatever_is_seen(monkeypatch):
    nothing = {arm("ℓ2", RANDOM): GOOD, arm("ℓ2", ADVERSARIAL): BAD}

    assert verdict(escapes, "fast-l2", arms=nothing) == "REFUTED"
    monkeypatch.setattr(gaps, "LEAST_DOSE", 5.0)
    assert verdict(escapes, "fast-l2", arms=nothing) == "INCONCLUSIVE"


def test_the_doses_of_the_small_world_are_those_of_the_paper():
    def of(how):
        return dose(small(how)[arm(how, RANDOM)], images=200)

    def printed(momentum):  # 391 steps an epoch; 150 epochs at 0.1, 100 at 0.01, 100 at 0.001
        return 5e-4 * 391 * (150 * 0.1 + 100 * 0.01 + 100 * 0.001) / (1 - momentum)

    assert of("ℓ2") == pytest.approx(printed(0.0), rel=0.05)
    assert of("DA + ℓ2") == pytest.approx(printed(0.0), rel=0.05)
    assert LEAST_DOSE < of("ℓ2 + momentum") < printed(0.9)
    assert of(SOTA) == of("ℓ2 + momentum")


@pytest.mark.parametrize("which", ["fast-frobenius", "fast-path", "fast-path-l1"])
def test_norms_that_training_on_true_labels_brings_too_are_not_of_the_bad_start(which):
    assert verdict(norms, which) == "CONFIRMED"
    assert verdict(norms, which, arms={BAD: LONGER}) != "CONFIRMED"
    assert verdict(norms, which, arms={LONGER: BAD}) != "CONFIRMED"


def test_a_fall_that_training_on_true_labels_brings_too_is_not_of_the_bad_start():
    assert verdict(fgsm, "fast") == "CONFIRMED"
    assert verdict(fgsm, "fast", arms={BAD: LONGER}) != "CONFIRMED"
    assert verdict(fgsm, "fast", arms={LONGER: BAD}) != "CONFIRMED"


def test_a_start_that_more_training_makes_as_bad_is_no_start_to_repair():
    assert verdict(recovers, "fast", arms={LONGER: BAD}) == "INCONCLUSIVE"
    assert verdict(escapes, "fast-l2", arms={LONGER: BAD}) == "INCONCLUSIVE"


def test_copies_that_cost_no_more_than_as_long_on_true_labels_are_confounded():
    worst = copied(VANILLA, COPIES[-1])

    assert verdict(replication, "fast-vanilla", arms={LONGER: worst}) == "INCONCLUSIVE"


def test_heuristics_that_do_not_shrink_norms_are_noticed():
    nothing = {arm(SOTA, RANDOM): GOOD, EVEN: BAD}

    assert verdict(sota_norms, "fast-frobenius") == "CONFIRMED"
    assert verdict(sota_norms, "fast-frobenius", arms=nothing) != "CONFIRMED"


def test_a_heuristic_that_misses_a_training_image_from_one_start_does_not_fit():
    missed = {(TRAIN.name, arm("ℓ2", ADVERSARIAL)): lambda train: train - 1 / 200}

    assert verdict(sota_fits, "fast-l2") == "CONFIRMED"
    assert verdict(sota_fits, "fast-l2", change=missed) == "REFUTED"


def test_a_loss_that_slows_down_is_told_from_one_that_does_not():
    """Falls of accuracy from one copy to two, and from two to three."""
    accuracies = {1: 0.90, 2: 0.80, 3: 0.79}
    slower = {
        (TEST.name, copied(VANILLA, copies)): lambda found, copies=copies: (
            accuracies[copies] + 0.01 * (found - found.mean())
        )
        for copies in COPIES
    }

    assert verdict(shape, "fast") != "CONFIRMED"
    assert verdict(shape, "fast", change=slower) == "CONFIRMED"


@pytest.mark.parametrize("which", ["da-momentum", "l2-momentum"])
def test_two_heuristics_that_do_nothing_leave_the_start_relevant(which):
    name = {"da-momentum": "DA + momentum", "l2-momentum": "ℓ2 + momentum"}
    nothing = {arm(name[which], RANDOM): GOOD, arm(name[which], ADVERSARIAL): BAD}

    assert verdict(irrelevant, f"fast-{which}", arms=nothing) in NOT_CONFIRMED


def test_regularisation_that_does_nothing_repairs_less_than_large_steps():
    nothing = {arm(REGULARISED, RANDOM): GOOD, arm(REGULARISED, ADVERSARIAL): BAD}

    assert verdict(repairs, "fast", arms=nothing) == "REFUTED"


def test_regularisation_that_closes_the_gap_repairs_more_than_large_steps():
    whole = {arm(REGULARISED, RANDOM): GOOD, arm(REGULARISED, ADVERSARIAL): GOOD}

    assert verdict(repairs, "fast", arms=whole) == "CONFIRMED"


def test_a_slow_training_does_not_fit_as_fast():
    assert verdict(speed, "fast", arms={BAD: SLOW}) != "CONFIRMED"


def test_networks_that_do_not_fit_are_no_minima():
    unfitted = {(TRAIN.name, BAD): lambda train: train - 0.05}

    assert verdict(init_hurts, "fast", change=unfitted) == "INCONCLUSIVE"


def test_an_attack_of_size_zero_that_changes_something_is_noticed():
    stray = {(DIGITS_ATTACKS[0].name, GOOD): lambda found: found - 0.01}

    assert verdict(fgsm, "fast", change=stray) == "INCONCLUSIVE"


def test_a_start_that_does_not_matter_to_vanilla_sgd_shows_nothing_of_sota():
    same = {(TEST.name, BAD): np.copy, (TEST.name, GOOD): np.copy}

    assert verdict(recovers, "fast", change=same) == verdict(recovers, "fast")
    assert verdict(recovers, "fast", arms={BAD: GOOD}) == "INCONCLUSIVE"


def _scaled(by):
    def change(travelled):
        return travelled * np.array([by, 1, 1, 1, 1])

    return change


def test_a_distance_that_is_a_matter_of_norms_is_not_confirmed():
    longer = {(TRAVELLED.name, arm(SOTA, RANDOM)): _scaled(1e-3)}
    turned = {
        (TRAVELLED.name, BAD): lambda travelled: (
            travelled[:, [0, 1, 2, 3, 4]] * 0 + [1e-3, 1, -1, 2, 1]
        )
    }

    assert verdict(far, "fast", arms={EVEN: arm(SOTA, RANDOM)}, change=longer) != "CONFIRMED"
    assert verdict(near, "fast-close", change=turned) == "INCONCLUSIVE"


def test_labels_that_take_sgd_elsewhere_are_noticed():
    farther = {(TRAVELLED.name, GOOD): _scaled(3.0)}

    assert verdict(near, "fast-labels", change=farther) == "REFUTED"


# ── what only the full tier runs ──────────────────────────────────────────────────────────────────


def word_on_copies(from_random, from_adversarial):
    around = np.array([-0.003, -0.001, 0, 0.001, 0.003])

    def measured(quantity, *, worst):  # noqa: ARG001
        return {GOOD: from_random + around, BAD: from_adversarial + np.roll(around, 1)}

    return verdict_on(copies, "full-R1-pixels", measured)


def test_only_the_printed_accuracy_tells_how_many_copies_there_were():
    assert word_on_copies(0.848, 0.560) == "CONFIRMED"
    assert word_on_copies(0.848, 0.590) == "REFUTED"
    assert word_on_copies(0.880, 0.560) == "INCONCLUSIVE"  # not the paper's training


def word_on_losses(test, which, costs, *, longer=0.0):
    """The word where the bad start costs each network this much of an accuracy of 0.9."""
    around = np.array([-0.004, -0.002, 0, 0.002, 0.004])

    def measured(quantity, *, worst):  # noqa: ARG001
        if quantity == TRAIN.name:
            return {FITTING: np.full(5, 0.999) + around / 100}
        arms = {f"{name}, {RANDOM}{suffix}": 0.9 + around for name in costs for suffix in ENDS}
        arms |= {
            f"{name}, {ADVERSARIAL}{suffix}": 0.9 - cost + np.roll(around, 1)
            for name, cost in costs.items()
            for suffix in ENDS
        }
        return arms | {f"{name}, {TRUE}": 0.9 - longer + np.roll(around, 2) for name in costs}

    return verdict_on(test, which, measured)


ENDS = ("", " start")
COSTS = {"densenet40": 0.1, "densenet40-code": 0.1, "resnet18": 0.3, "resnet50": 0.3, "vgg16": 0.3}


def test_densenet_degrades_less_only_where_each_other_network_degrades_more():
    which = "full-densenet40-cifar10-R1"

    assert word_on_losses(densenet_less, which, COSTS) == "CONFIRMED"
    assert word_on_losses(densenet_less, which, COSTS | {"vgg16": 0.08}) == "REFUTED"
    assert word_on_losses(densenet_less, which, COSTS | {"densenet40": 0.32}) == "REFUTED"


def test_one_network_that_loses_forty_points_is_enough():
    forty = COSTS | {"resnet18": 0.4}

    assert word_on_losses(up_to_forty, "full-R10", COSTS) == "REFUTED"
    assert word_on_losses(up_to_forty, "full-R10", forty) == "CONFIRMED"
    assert word_on_losses(up_to_forty, "full-R10", forty, longer=0.4) == "INCONCLUSIVE"
