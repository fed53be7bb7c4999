"""Claims on rank whose runs are in no report: chosen accuracies and ranks decide their words."""

import numpy as np
import pytest

from claims.goldblum2019truth.test_rank_little_role import (
    test_a_network_of_low_rank_is_not_robust_for_that as low_not_robust,
)
from claims.goldblum2019truth.test_rank_little_role import (
    test_low_and_high_rank_are_about_as_robust as little_role,
)
from claims.goldblum2019truth.test_rankmax_no_better import (
    test_rankmax_gains_no_robustness_after_adversarial_training as no_better,
)
from claims.goldblum2020truth.rank_recipes import PUBLISHED, SMALL_WORLD, SUBMISSION
from claims.goldblum2020truth.rank_worlds import (
    ADVERSARIAL,
    MAX,
    MIN,
    NOISE_MAX,
    NOISE_MIN,
    PLAIN,
)
from claims.goldblum2020truth.test_rank_accuracy import OPEN, open_because
from claims.goldblum2020truth.test_rank_similar import (
    test_networks_of_low_and_high_rank_classify_clean_images_alike as similar,
)
from claims.goldblum2020truth.test_rank_uncorrelated import (
    over_levels,
)
from claims.goldblum2020truth.test_rank_uncorrelated import (
    test_effective_rank_does_not_go_with_accuracy as uncorrelated,
)
from claims.goldblum2020truth.test_rankmax_above_adv import (
    test_rankmax_gains_robustness_after_adversarial_training as above_plain,
)
from claims.goldblum2020truth.test_rankmax_small_eps import (
    test_rankmax_costs_robustness_to_small_attacks as small_attacks,
)
from claims.goldblum2020truth.test_rankmin_below_adv import (
    test_rankmin_costs_robustness_after_adversarial_training as below_plain,
)
from tests.claims.goldblum2020truth.made_up_ranks import measured_in
from tests.claims.planted import verdict_on

RANKS = {PLAIN: 10.0, MAX: 11.0, MIN: 9.0, NOISE_MAX: 10.0, NOISE_MIN: 10.0}
CLEAN = {PLAIN: 0.95, MAX: 0.95, MIN: 0.95, NOISE_MAX: 0.6, NOISE_MIN: 0.9}
ATTACKED = {PLAIN: 0.55, MAX: 0.55, MIN: 0.55, NOISE_MAX: 0.3, NOISE_MIN: 0.5}


def arms(world=SMALL_WORLD, attack="robust", ranks=RANKS, clean=CLEAN, attacked=ATTACKED):
    """All arms of a stage, attacked in one way and by the other attack alike."""
    attacks = {"clean": clean, "robust": attacked, "robust_small": attacked}
    dropped = {"robust": "robust_small", "robust_small": "robust"}[attack]
    if not world.both_attacks:
        attacks.pop(dropped)
    return measured_in(world, ranks, **attacks)


@pytest.mark.parametrize("gain", [0.02, -0.02])
def test_the_two_versions_are_told_apart_by_what_rankmax_gains(gain):
    attacked = {**ATTACKED, MAX: ATTACKED[PLAIN] + gain, MIN: 0.5}
    published = arms(PUBLISHED["resnet18"], attacked=attacked)
    submitted = arms(SUBMISSION["resnet18"], attacked=attacked)

    assert verdict_on(above_plain, "full-resnet18-adversarial", published) == (
        "CONFIRMED" if gain > 0 else "REFUTED"
    )
    assert verdict_on(no_better, "full-resnet18-adversarial", submitted) == (
        "REFUTED" if gain > 0 else "CONFIRMED"
    )


@pytest.mark.parametrize(("difference", "word"), [(0.0, "CONFIRMED"), (0.03, "REFUTED")])
def test_low_and_high_rank_generalise_alike_within_a_point(difference, word):
    clean = {**CLEAN, MIN: CLEAN[MAX] - difference}

    assert verdict_on(similar, "fast", arms(attack="robust_small", clean=clean)) == word


@pytest.mark.parametrize(("difference", "word"), [(0.0, "CONFIRMED"), (0.06, "REFUTED")])
def test_a_role_of_rank_in_robustness_is_seen(difference, word):
    attacked = {**ATTACKED, MIN: ATTACKED[MAX] - difference}

    assert verdict_on(little_role, "fast", arms(attacked=attacked)) == word


def test_projections_that_leave_the_rank_alone_say_nothing_of_its_role():
    same = dict.fromkeys(RANKS, 10.0)

    assert verdict_on(little_role, "fast", arms(ranks=same)) == "INCONCLUSIVE"
    assert verdict_on(similar, "fast", arms(attack="robust_small", ranks=same)) == "INCONCLUSIVE"


def low_rank(robust, withstood=0.5):
    """A naturally trained network of low rank under the large attack, beside a robust one."""
    names = (MIN, PLAIN, ADVERSARIAL)
    return measured_in(
        SMALL_WORLD,
        dict(zip(names, (9.0, 10.0, 10.0), strict=True)),
        clean=dict.fromkeys(names, 0.95),
        robust=dict(zip(names, (robust, 0.01, withstood), strict=True)),
    )


def test_a_network_of_low_rank_that_withstands_the_attack_is_seen():
    assert verdict_on(low_not_robust, "fast", low_rank(0.01)) == "CONFIRMED"
    assert verdict_on(low_not_robust, "fast", low_rank(0.2)) == "REFUTED"


def test_an_attack_that_nothing_withstands_says_nothing_of_low_rank():
    assert verdict_on(low_not_robust, "fast", low_rank(0.01, withstood=0.02)) == "INCONCLUSIVE"


def by_level(slope, other=0.0):
    """Accuracies that rise with the logarithm of the rank, and with what rank has no part in."""
    levels = list(SMALL_WORLD.by_level("natural"))
    ranks = dict(zip(levels, (10.0, 9.5, 9.0, 10.5, 11.0), strict=True))
    bent = dict(zip(levels, (2.0, -1.0, -1.0, -1.0, 1.0), strict=True))
    lift = {arm: slope * np.log(ranks[arm] / 10) + other * bent[arm] for arm in levels}
    return measured_in(
        SMALL_WORLD,
        ranks,
        clean={arm: 0.9 + lift[arm] for arm in levels},
        robust_small={arm: 0.5 + lift[arm] for arm in levels},
    )


@pytest.mark.parametrize("case", ["natural-clean", "natural-attacked"])
def test_accuracy_that_goes_with_rank_is_seen(case):
    assert verdict_on(uncorrelated, f"fast-{case}", by_level(0.0, other=0.02)) == "CONFIRMED"
    assert verdict_on(uncorrelated, f"fast-{case}", by_level(0.3)) == "REFUTED"
    assert verdict_on(uncorrelated, f"fast-{case}", by_level(-0.3)) == "REFUTED"


def test_a_correlation_is_that_over_levels_of_each_seed():
    rising = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [5.0, 5.0, 5.0]])

    assert over_levels(rising, np.tile([1.0, 2.0, 3.0], (3, 1))) == pytest.approx([1.0, -1.0, 0.0])


@pytest.mark.parametrize(
    ("cost", "arm", "noise", "attack"),
    [
        (below_plain, MIN, NOISE_MIN, "robust"),
        (small_attacks, MAX, NOISE_MAX, "robust_small"),
    ],
)
def test_a_cost_counts_if_random_moves_of_the_same_length_cost_less(cost, arm, noise, attack):
    dearer = {**ATTACKED, arm: 0.35, noise: 0.5}
    cheaper = {**ATTACKED, arm: 0.35, noise: 0.3}
    unseen = {**ATTACKED, arm: 0.35, noise: 0.55}

    assert verdict_on(cost, "fast", arms(attack=attack, attacked=dearer)) == "CONFIRMED"
    assert verdict_on(cost, "fast", arms(attack=attack, attacked=cheaper)) == "INCONCLUSIVE"
    assert verdict_on(cost, "fast", arms(attack=attack, attacked=unseen)) == "INCONCLUSIVE"


def test_rows_that_print_a_change_near_the_margin_are_expected_to_stay_open():
    world = PUBLISHED["skipless"]

    assert "1.24" in open_because("skipless-natural", world, "natural", "rankmax")
    assert not open_because("skipless-natural", world, "natural", "rankmin")
    assert open_because("", SMALL_WORLD, "natural", "rankmin") == OPEN["natural", "rankmin"]
