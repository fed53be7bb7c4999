"""A fault planted in each claim on rank turns its verdict."""

import numpy as np
import pytest

from claims.goldblum2019truth import test_rank_audit as submitted_audit
from claims.goldblum2020truth import conv_svd, test_rank_audit
from claims.goldblum2020truth.rank_recipes import SMALL_WORLD
from claims.goldblum2020truth.rank_worlds import (
    ADVERSARIAL,
    AS_TRAINED,
    INITIAL_RANKS,
    MAX,
    MIN,
    NATURAL,
    NOISE_MAX,
    NOISE_MIN,
    PLAIN,
)
from claims.goldblum2020truth.test_adv_not_low_rank import (
    test_adversarial_training_does_not_lower_the_rank as not_low_rank,
)
from claims.goldblum2020truth.test_conv_svd import (
    test_fourier_transforms_give_the_singular_values_of_a_circular_convolution as conv,
)
from claims.goldblum2020truth.test_natural_not_robust import (
    test_natural_training_withstands_no_large_attack as not_robust,
)
from claims.goldblum2020truth.test_rank_accuracy import (
    test_projected_networks_classify_clean_images_as_well as same_accuracy,
)
from claims.goldblum2020truth.test_rank_at_init import (
    test_trained_networks_have_a_lower_rank_than_at_initialisation as lower_than_at_first,
)
from claims.goldblum2020truth.test_rank_controlled import (
    test_rankmin_lowers_and_rankmax_raises_the_rank_of_every_layer as controlled,
)
from claims.goldblum2020truth.test_rankmax_robust import (
    test_rankmax_is_at_least_as_robust_as_rankmin as as_robust,
)
from claims.goldblum2020truth.test_rankmax_small_eps import (
    test_rankmax_costs_robustness_to_small_attacks as small_attacks,
)
from claims.goldblum2020truth.test_rankmin_below_adv import (
    test_rankmin_costs_robustness_after_adversarial_training as below_plain,
)
from dltheory.verdicts.judge import AFFIRMED
from tests.claims.planted import verdict
from tests.mutation import mutant

STAGES = ("natural", "adversarial")
PRINTED = test_rank_audit.ROWS
both_stages = pytest.mark.parametrize("stage", STAGES)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("stride=layer.strides", "stride=(1, 1)"),
        ("kernel, grid = kernel_of(layer)", "kernel, grid = kernel_of(layer).abs()"),
    ],
)
def test_a_wrong_transform_is_no_identity(healthy, faulty):
    function = "claims.goldblum2020truth.conv_svd:conv_svd"

    assert verdict(conv, "fast", functions={function: conv_svd.conv_svd}, seeds=1) == "CONFIRMED"
    broken = {function: mutant(conv_svd, healthy, faulty).conv_svd}
    assert verdict(conv, "fast", functions=broken, seeds=1) == "REFUTED"


def test_coinciding_values_of_the_explicit_matrix_are_found_to_a_tenth_of_the_bound():
    layer = conv_svd.Layer(1, 1, (3, 2), (1, 1), (4, 4), 2, 1002)

    explicit, rounding = conv_svd.dense(layer, closed=True)
    gap = (conv_svd.by_fourier(layer) - explicit).abs().max()
    assert gap < 0.1 * 2 * rounding


@both_stages
@pytest.mark.parametrize("fault", [{MIN: PLAIN}, {MAX: PLAIN}, {MIN: MAX, MAX: MIN}], ids=str)
def test_a_projection_that_is_left_out_or_exchanged_controls_no_rank(stage, fault):
    assert verdict(controlled, f"fast-{stage}") in AFFIRMED
    assert verdict(controlled, f"fast-{stage}", arms=fault) not in AFFIRMED


@both_stages
def test_a_crop_that_takes_everything_back_is_seen(stage):
    def undone(rows):
        before, projected, _, kept = rows.reshape(len(rows), 4, -1).transpose(1, 0, 2)
        return np.concatenate([before, projected, before, 0 * kept], axis=1)

    change = {(SMALL_WORLD.cropped("min").name, PLAIN): undone}
    assert verdict(controlled, f"fast-{stage}", change=change) == "INCONCLUSIVE"


@both_stages
def test_ranks_at_first_on_another_grid_turn_the_verdict(stage):
    change = {(INITIAL_RANKS.name, AS_TRAINED): lambda ranks: 0.9 * ranks}

    assert verdict(lower_than_at_first, f"fast-{stage}") == "CONFIRMED"
    assert verdict(lower_than_at_first, f"fast-{stage}", change=change) == "REFUTED"


@both_stages
def test_a_random_move_in_the_place_of_rankmax_costs_accuracy(stage):
    form = f"fast-{stage}-rankmax"

    assert verdict(same_accuracy, form) == "CONFIRMED"
    assert verdict(same_accuracy, form, arms={MAX: NOISE_MAX}) not in AFFIRMED


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("method", "arm"), [("rankmin", MIN), ("rankmax", MAX)])
def test_a_tenth_of_the_accuracy_lost_is_seen(stage, method, arm):
    names = (SMALL_WORLD.clean.name, "accuracy on test")
    change = {(name, arm): lambda accuracy: accuracy - 0.1 for name in names}

    assert verdict(same_accuracy, f"fast-{stage}-{method}", change=change) == "REFUTED"


def test_a_rankmax_that_loses_half_of_its_robustness_is_the_weaker():
    change = {(SMALL_WORLD.robust.name, MAX): lambda robust: robust / 2}

    assert verdict(as_robust, "fast") == "CONFIRMED"
    assert verdict(as_robust, "fast", change=change) == "REFUTED"


@pytest.mark.parametrize("fault", [{MAX: MIN, MIN: MAX}, {MIN: PLAIN, MAX: PLAIN}], ids=str)
def test_projections_that_do_not_hold_the_rank_apart_say_nothing_of_it(fault):
    for claim in (as_robust, below_plain):
        assert verdict(claim, "fast", arms=fault) == "INCONCLUSIVE"


def test_adversarial_training_without_robust_networks_is_outside_the_regime():
    arms = (PLAIN, MAX, MIN, NOISE_MAX, NOISE_MIN)
    change = {(SMALL_WORLD.robust.name, arm): lambda robust: robust / 10 for arm in arms}

    assert verdict(as_robust, "fast") == "CONFIRMED"
    assert verdict(as_robust, "fast", change=change) == "INCONCLUSIVE"


@both_stages
def test_a_projection_that_finds_nothing_to_move_is_outside_the_regime(stage):
    def nothing(rows):
        before, _, _, kept = rows.reshape(len(rows), 4, -1).transpose(1, 0, 2)
        return np.concatenate([before, before, before, kept], axis=1)

    change = {(SMALL_WORLD.cropped("max").name, PLAIN): nothing}
    assert verdict(controlled, f"fast-{stage}", change=change) == "INCONCLUSIVE"


def test_random_moves_that_cost_as_much_take_the_cost_of_rankmin_away():
    assert verdict(below_plain, "fast") == "CONFIRMED"
    assert verdict(below_plain, "fast", arms={NOISE_MIN: "RankMin"}) == "INCONCLUSIVE"


def test_an_attack_of_another_length_is_seen():
    change = {(SMALL_WORLD.clean.name, PLAIN): lambda clean: clean - 0.1}

    for claim in (as_robust, below_plain, small_attacks):
        assert verdict(claim, "fast", change=change) == "INCONCLUSIVE"


def test_low_rank_in_the_place_of_adversarial_training_is_seen():
    assert verdict(not_low_rank, "fast") == "CONFIRMED"
    assert verdict(not_low_rank, "fast", arms={ADVERSARIAL: MIN}) == "REFUTED"


def test_a_robust_network_in_the_place_of_the_natural_one_is_seen():
    assert verdict(not_robust, "fast", arms={NATURAL: ADVERSARIAL}) == "REFUTED"


@pytest.mark.parametrize("case", list(test_rank_audit.CASES))
def test_printed_numbers_far_apart_decide_the_audit(case, monkeypatch):
    smaller = test_rank_audit.ORDERS[case][1]
    audit = test_rank_audit.test_the_printed_order_of_robust_accuracies_is_often_significant

    for robust, word in (("1.00", "CONFIRMED"), ("60.00", "REFUTED")):
        rows = {
            name: group._replace(**{smaller: getattr(group, smaller)._replace(robust=robust)})
            for name, group in PRINTED.items()
        }
        monkeypatch.setattr(test_rank_audit, "ROWS", rows)
        assert verdict(audit, f"static-{case}") == word


def test_a_lead_in_two_rows_of_four_is_often_and_in_one_is_not(monkeypatch):
    audit = test_rank_audit.test_the_printed_order_of_robust_accuracies_is_often_significant
    one, *others = [name for name in PRINTED if "cifar100" not in name]
    group = PRINTED[one]
    tied = group._replace(rank_max=group.rank_max._replace(robust=group.rank_min.robust))

    assert others
    assert verdict(audit, "static-rankmax-over-rankmin") == "CONFIRMED"
    monkeypatch.setattr(test_rank_audit, "ROWS", {**PRINTED, one: tied})
    assert verdict(audit, "static-rankmax-over-rankmin") == "REFUTED"


def test_one_digit_that_differs_between_the_versions_is_seen(monkeypatch):
    audit = test_rank_audit.test_numbers_from_two_recipes_are_not_the_same_runs
    group = test_rank_audit.table_4.NATURAL["resnet18"]
    other = group._replace(plain=group.plain._replace(clean="94.65"))

    assert verdict(audit, "static") == "REFUTED"
    monkeypatch.setitem(test_rank_audit.table_4.NATURAL, "resnet18", other)
    assert verdict(audit, "static") == "CONFIRMED"


def test_one_number_of_the_earlier_table_turns_its_audit(monkeypatch):
    audit = submitted_audit.test_the_printed_order_of_robust_accuracies_is_significant
    group = submitted_audit.table_4.ADVERSARIAL["resnet18"]
    closer = group._replace(rank_min=group.rank_min._replace(robust="32.70"))

    assert verdict(audit, "static-adv-over-rankmin") == "CONFIRMED"
    monkeypatch.setitem(submitted_audit.table_4.ADVERSARIAL, "resnet18", closer)
    assert verdict(audit, "static-adv-over-rankmin") == "REFUTED"
    assert verdict(audit, "static-rankmax-over-rankmin") == "REFUTED"
