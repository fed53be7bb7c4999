"""Faults planted in the claims on local minima turn their verdicts."""

import numpy as np
import pytest

from claims.goldblum2020truth import (
    cross_entropy_ceiling,
    deeper_embeddings,
    lemma_1,
    saddles,
    symmetries,
    table_1,
    tables_5_to_7,
    test_big_bias_trapped,
    test_ce_ceiling,
    test_cnn_expression,
    test_curvature,
    test_deep_linear,
    test_lemma_1,
    test_lemma_1_trapped,
    test_momentum_escapes,
    test_power_steps,
    test_sharp,
    test_symmetry,
    test_table_1_audit,
    test_theorem_1,
    test_theorem_1_rank_s,
    test_zero_stuck,
)
from dltheory.models import affine_mlp
from tests.claims.planted import verdict
from tests.mutation import mutant

HERE = "claims.goldblum2020truth"


def built_with(module, fault):
    """A copy of a module whose networks are built with a fault in `affine_mlp`."""
    first_line = module.__doc__.splitlines()[0]
    copy = mutant(module, first_line, first_line)
    vars(copy)["affine_mlp"] = mutant(affine_mlp, *fault).affine_mlp
    return copy


# ── constructions and identities: broken functions, run anew ──────────────────────────────────────

EMBEDS = test_lemma_1.test_a_wide_enough_mlp_equals_an_affine_map_on_the_data
OPENS = test_lemma_1.test_every_relu_of_the_construction_is_open_on_the_data


def lemma_1_with(*fault):
    return {f"{HERE}.lemma_1:lemma_1": built_with(lemma_1, fault).lemma_1}


def test_a_bias_that_is_not_taken_back_refutes_lemma_1():
    fault = ("bias - c * linears[-1].weight.sum(dim=1)", "bias")

    assert verdict(EMBEDS, "fast", functions=lemma_1_with(*fault), seeds=1) == "REFUTED"


AT_LEAST_C = test_lemma_1.test_every_activation_of_the_construction_is_c_or_more


def test_inputs_held_against_1_instead_of_c_would_confirm_the_slip():
    healthy = "return lowest / float(first.bias.detach().max())"
    broken = mutant(lemma_1, healthy, "return lowest")

    name = f"{HERE}.lemma_1:lemma_1"
    healthy_run, broken_run = {name: lemma_1.lemma_1}, {name: broken.lemma_1}
    assert verdict(AT_LEAST_C, "fast", functions=healthy_run, seeds=1) == "REFUTED"
    assert verdict(AT_LEAST_C, "fast", functions=broken_run, seeds=1) == "CONFIRMED"


def test_an_offset_from_the_mean_instead_of_the_maximum_closes_relus():
    fault = ("first.T).abs().max()) + offset", "first.T).abs().mean()) + offset")

    assert verdict(OPENS, "fast", functions=lemma_1_with(*fault), seeds=1) == "REFUTED"


def test_a_layer_that_is_wide_enough_fails_the_control_on_narrow_ones():
    broken = mutant(lemma_1, "(rank, rank - 1, rank)", "(rank, rank, rank)")

    functions = {f"{HERE}.lemma_1:lemma_1": broken.lemma_1}
    assert verdict(EMBEDS, "fast", functions=functions, seeds=1) == "INCONCLUSIVE"


def test_a_scale_that_is_not_taken_back_refutes_the_symmetry():
    broken = mutant(symmetries, "following.weight[:, order] / scale", "following.weight[:, order]")
    test = test_symmetry.test_symmetries_of_hidden_units_leave_the_function_unchanged

    functions = {f"{HERE}.symmetries:symmetry": broken.symmetry}
    assert verdict(test, "fast", functions=functions, seeds=1) == "REFUTED"


def test_rotations_that_close_nothing_fail_the_control_of_the_symmetry():
    broken = mutant(symmetries, "keep_open=False)\n    return", "keep_open=True)\n    return")
    test = test_symmetry.test_symmetries_of_hidden_units_leave_the_function_unchanged

    functions = {f"{HERE}.symmetries:symmetry": broken.symmetry}
    assert verdict(test, "fast", functions=functions, seeds=1) == "INCONCLUSIVE"


def test_a_slope_left_out_refutes_the_ceiling_on_cross_entropy():
    broken = mutant(cross_entropy_ceiling, "(gradient * weight).sum()", "0 * gradient.sum()")
    test = test_ce_ceiling.test_no_point_stationary_in_the_last_layer_lies_above_ln_c

    functions = {f"{HERE}.cross_entropy_ceiling:ce_ceiling": broken.ce_ceiling}
    assert verdict(test, "fast", functions=functions, seeds=1) == "REFUTED"


EXPRESSES = test_cnn_expression.test_conv_nets_and_deeper_mlps_express_what_the_remark_says


@pytest.mark.parametrize(
    ("case", "function", "healthy", "faulty"),
    [
        (
            "fast-conv",
            "affine_in_conv_net",
            "bias - offset * weight.sum(dim=1)",
            "bias",
        ),
        (
            "fast-conv",
            "affine_in_conv_net",
            "weight[channel, channel, 1, 1] = 1.0",
            "weight[channel, channel, 1, 0] = 1.0",
        ),
        (
            "fast-shallow",
            "shallow_in_deep",
            "parts += [affine_mlp(*affine, on=z, hidden=between), nn.ReLU()]",
            "parts += [affine_mlp(*affine, on=z, hidden=between), nn.Identity()]",
        ),
    ],
)
def test_faults_refute_the_larger_constructions(case, function, healthy, faulty):
    broken = getattr(mutant(deeper_embeddings, healthy, faulty), function)

    functions = {f"{HERE}.deeper_embeddings:{function}": broken}
    assert verdict(EXPRESSES, case, functions=functions, seeds=1) == "REFUTED"


POWER = test_power_steps.test_shifted_power_steps_find_the_smallest_eigenvalue


@pytest.mark.parametrize(
    ("case", "healthy", "faulty", "becomes"),
    [
        ("fast-deep", "STEPS = 500", "STEPS = 1", "REFUTED"),
        ("fast-shallow", "power_steps(saddle.float(), start.float())", "-c", "CONFIRMED"),
        ("fast-shallow", "limit=len(H)", "limit=4", "INCONCLUSIVE"),
        ("fast-deep", "saddle = H - c * torch.outer(u, u)", "saddle = H", "INCONCLUSIVE"),
    ],
)
def test_faults_turn_what_is_said_of_power_steps(case, healthy, faulty, becomes):
    broken = mutant(saddles, healthy, faulty)

    functions = {f"{HERE}.saddles:planted": broken.planted}
    assert verdict(POWER, case, functions=functions, seeds=2) == becomes


# ── trainings and certificates: other runs in an arm's place, measured arrays spoilt ──────────────

STAYS = test_lemma_1_trapped.test_an_embedded_linear_classifier_is_not_left_by_training
TRAPPED = test_big_bias_trapped.test_from_large_biases_training_ends_near_chance
ESCAPES = test_momentum_escapes.test_without_momentum_training_ends_at_a_higher_loss
ZERO = test_zero_stuck.test_from_all_zeros_the_loss_stays_at_ln_c
MINIMUM = test_theorem_1.test_the_embedded_linear_minimiser_is_a_local_minimum
RANK_S = test_theorem_1_rank_s.test_a_bottleneck_inherits_the_minimum_of_its_rank
GLOBAL = test_deep_linear.test_the_inherited_minimum_of_a_deep_linear_network_is_global
SHARPER = test_sharp.test_suboptimal_minima_are_sharper_than_the_good_one


@pytest.mark.parametrize(
    ("test", "case", "arms", "becomes"),
    [
        (MINIMUM, "fast", {"embedded minimiser": "embedded, then moved"}, "INCONCLUSIVE"),
        (MINIMUM, "fast", {"embedded, then moved": "embedded minimiser"}, "INCONCLUSIVE"),
        (RANK_S, "fast", {"rank 2": "rank 2, moved"}, "INCONCLUSIVE"),
        (RANK_S, "fast", {"rank 10": "rank 4"}, "INCONCLUSIVE"),
        (RANK_S, "fast", {"rank 2": "rank 10", "rank 4": "rank 10"}, "INCONCLUSIVE"),
        (GLOBAL, "fast", {"deep linear": "with ReLUs"}, "REFUTED"),
        (GLOBAL, "fast", {"with ReLUs": "deep linear"}, "INCONCLUSIVE"),
        (STAYS, "fast-descent", {"embedded, then trained": "default"}, "REFUTED"),
        (TRAPPED, "fast-mlp-plus-20", {"biases + 20": "biases in U(±50)"}, "INCONCLUSIVE"),
        (TRAPPED, "fast-mlp-plus-20", {"default": "biases + 20"}, "REFUTED"),
        (TRAPPED, "fast-resnet-plus-20", {"biases + 20": "biases in U(±50)"}, "INCONCLUSIVE"),
        (ZERO, "fast-mlp", {"zero": "default"}, "REFUTED"),
        (ZERO, "fast-resnet", {"zero": "default"}, "REFUTED"),
        (ZERO, "fast-resnet", {"default": "zero"}, "INCONCLUSIVE"),
    ],
)
def test_another_arm_in_its_place_turns_the_verdict(test, case, arms, becomes):
    assert verdict(test, case, arms=arms) == becomes


LOSS, SLOPE = "loss on train", "gradient norm on train"


def times(factor):
    return lambda a: factor * a


def plus(number):
    return lambda a: a + number


LARGE_BIASES = {
    "that training does not move": {(test_big_bias_trapped.BEFORE, "biases + 20"): times(0.02)},
    "that training has not brought to rest": {(SLOPE, "biases + 20"): times(100)},
}


@pytest.mark.parametrize("which", LARGE_BIASES)
def test_large_biases_leave_the_claim_open(which):
    found = verdict(TRAPPED, "fast-resnet-plus-20", change=LARGE_BIASES[which])

    assert found == "INCONCLUSIVE"


@pytest.mark.parametrize("factor", [0.1, 3.0])
def test_an_end_far_below_or_far_above_chance_is_none_near_it(factor):
    away = {(LOSS, "biases + 20"): times(factor)}

    assert verdict(TRAPPED, "fast-mlp-plus-20") == "CONFIRMED"
    assert verdict(TRAPPED, "fast-mlp-plus-20", change=away) == "REFUTED"


AT_REST = {(SLOPE, "no momentum"): times(0.1)}


def test_training_without_momentum_that_still_moves_leaves_its_claim_open():
    assert verdict(ESCAPES, "fast-small-step") == "INCONCLUSIVE"
    assert verdict(ESCAPES, "fast-small-step", change=AT_REST) == "CONFIRMED"


@pytest.mark.parametrize(
    "arms",
    [
        {"no momentum, longer step": "momentum"},
        {"momentum": "no momentum, longer step"},
        {"no momentum": "momentum"},
    ],
)
def test_longer_steps_or_one_arm_twice_do_not_confirm_what_momentum_does(arms):
    assert verdict(ESCAPES, "fast-small-step", arms=arms, change=AT_REST) != "CONFIRMED"


def test_suboptimal_points_sharper_than_any_turn_the_known_refutation():
    sharp = {(test_sharp.ENDS, "biases + 20"): times(1e6)}

    assert verdict(SHARPER, "fast-bias-20") == "REFUTED"
    assert verdict(SHARPER, "fast-bias-20", change=sharp) == "CONFIRMED"


def test_a_good_minimum_that_rescaling_makes_the_sharper_one_confounds_the_claim():
    sharper = {(test_sharp.ENDS, "biases + 20"): times(2e3)}

    assert verdict(SHARPER, "fast-bias-20", change=sharper) == "INCONCLUSIVE"


AFTER = test_curvature.test_after_training_no_eigenvalue_is_negative
BEFORE = test_curvature.test_before_training_eigenvalues_are_clearly_negative
START, END = test_curvature.START, test_curvature.END


@pytest.mark.parametrize(
    ("test", "case", "change", "becomes"),
    [
        (AFTER, "fast-bias-20", {(END, "biases + 20"): lambda a: a - 0.1}, "REFUTED"),
        (AFTER, "fast-bias-20", {(START, "biases + 20"): np.abs}, "INCONCLUSIVE"),
        (AFTER, "fast-default", {(SLOPE, "default"): times(0.1)}, "REFUTED"),
        (
            AFTER,
            "fast-default",
            {(SLOPE, "default"): times(0.1), (END, "default"): lambda a: np.abs(a) / 1000},
            "CONFIRMED",
        ),
        (AFTER, "fast-bias-20", {(SLOPE, "biases + 20"): times(100)}, "INCONCLUSIVE"),
        (BEFORE, "fast", {(START, "default"): np.abs}, "REFUTED"),
        (BEFORE, "fast", {(END, "biases + 20"): lambda a: a - 0.1}, "INCONCLUSIVE"),
    ],
)
def test_other_eigenvalues_turn_what_is_said_of_curvature(test, case, change, becomes):
    assert verdict(test, case, change=change) == becomes


def test_an_eigenvalue_that_is_not_excluded_leaves_the_claim_open():
    def wide(ends):
        ends = ends.copy()
        ends[:, test_curvature.LOWEST] -= 0.1
        return ends

    assert verdict(AFTER, "fast-bias-20", change={(END, "biases + 20"): wide}) == "INCONCLUSIVE"


# ── audits of print ───────────────────────────────────────────────────────────────────────────────

AUDIT = test_table_1_audit.test_every_printed_point_can_be_a_local_minimum


def test_the_audit_of_losses_passes_tables_without_losses_above_ln_c(monkeypatch):
    monkeypatch.setattr(table_1, "ROWS", (table_1.DEFAULT, table_1.LEMMA_1))
    monkeypatch.setattr(tables_5_to_7, "TABLES", (tables_5_to_7.TABLE_6,))

    assert verdict(AUDIT, "static-losses") == "CONFIRMED"


def test_a_zero_that_fills_up_a_column_is_no_digit(monkeypatch):
    assert verdict(AUDIT, "static-losses") == "REFUTED"

    monkeypatch.setattr(table_1, "ROWS", (table_1.DEFAULT, table_1.LEMMA_1))
    rows = tuple(row for row in tables_5_to_7.TABLE_5.rows if row.name != "Bias+20")
    without = tables_5_to_7.TABLE_5._replace(rows=rows)
    monkeypatch.setattr(tables_5_to_7, "TABLES", (without,))
    assert verdict(AUDIT, "static-losses") == "CONFIRMED"

    monkeypatch.setattr(tables_5_to_7, "TABLES", (without._replace(padded=False),))
    assert verdict(AUDIT, "static-losses") == "REFUTED"


def test_an_eigenvalue_of_0_is_no_contradiction_to_a_minimum(monkeypatch):
    assert verdict(AUDIT, "static-curvature") == "REFUTED"

    rows = (table_1.DEFAULT, table_1.LEMMA_1, table_1.BIAS_20, table_1.UNIFORM_10_PLAIN)
    monkeypatch.setattr(table_1, "ROWS", rows)

    assert verdict(AUDIT, "static-curvature") == "CONFIRMED"


def test_the_audit_of_curvature_passes_rows_above_the_decay(monkeypatch):
    monkeypatch.setattr(table_1, "ROWS", (table_1.DEFAULT, table_1.UNIFORM_10_PLAIN))

    assert verdict(AUDIT, "static-curvature") == "CONFIRMED"
