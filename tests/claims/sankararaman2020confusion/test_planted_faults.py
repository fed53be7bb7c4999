"""A fault planted behind each claim on gradient confusion turns its verdict."""

import numpy as np
import pytest

from claims.sankararaman2020confusion import (
    hessians,
    linear_models,
    random_vectors,
    sgd_bounds,
    unit_networks,
)
from claims.sankararaman2020confusion.paper import STATED
from claims.sankararaman2020confusion.recipes import FEW_EVAL, LOSS
from claims.sankararaman2020confusion.test_batch_scaling import (
    SIZES,
)
from claims.sankararaman2020confusion.test_batch_scaling import (
    test_the_variance_falls_as_the_square_of_the_minibatch_size as batch_scaling,
)
from claims.sankararaman2020confusion.test_bn_skip import (
    test_batch_norm_or_skips_help_and_together_keep_confusion_low as bn_skip,
)
from claims.sankararaman2020confusion.test_confusion_audit import (
    test_what_the_paper_states_of_its_experiments_adds_up as confusion_audit,
)
from claims.sankararaman2020confusion.test_depth_cnn import (
    test_deeper_cnns_are_slower_and_more_confused as depth_cnn,
)
from claims.sankararaman2020confusion.test_depth_mlp import (
    test_deeper_mlps_end_with_higher_loss_and_more_confusion as depth_mlp,
)
from claims.sankararaman2020confusion.test_depth_theory import (
    test_gradient_confusion_is_more_likely_in_deeper_networks as depth_theory,
)
from claims.sankararaman2020confusion.test_lemma_d1 import (
    test_gradients_are_bounded_where_operator_norms_are_at_most_one as lemma_d1,
)
from claims.sankararaman2020confusion.test_low_rank_hessian import (
    test_hessians_at_a_common_minimiser_bound_inner_products as low_rank_hessian,
)
from claims.sankararaman2020confusion.test_near_orthogonal import (
    test_random_unit_vectors_are_as_orthogonal_as_the_lemma_says as near_orthogonal,
)
from claims.sankararaman2020confusion.test_orthogonal_data import (
    test_sgd_on_orthogonal_data_is_gradient_descent_on_each_example as orthogonal_data,
)
from claims.sankararaman2020confusion.test_overparametrised_regression import (
    OVER,
    UNDER,
)
from claims.sankararaman2020confusion.test_overparametrised_regression import (
    test_more_parameters_than_points_converge_faster_with_less_confusion as regression,
)
from claims.sankararaman2020confusion.test_pl_convergence import (
    test_sgd_converges_linearly_up_to_its_gradient_confusion as pl_convergence,
)
from claims.sankararaman2020confusion.test_stationary import (
    test_sgd_comes_near_a_stationary_point_up_to_its_confusion as stationary,
)
from claims.sankararaman2020confusion.test_variance_counterexample import (
    test_zero_confusion_goes_with_unbounded_variance_and_not_conversely as counterexample,
)
from claims.sankararaman2020confusion.test_width_cnn import (
    test_wider_cnns_are_faster_and_less_confused as width_cnn,
)
from claims.sankararaman2020confusion.test_width_mlp import (
    test_wider_mlps_train_to_lower_loss_with_less_confusion as width_mlp,
)
from claims.sankararaman2020confusion.test_width_theory import (
    test_wider_networks_have_lower_confusion_at_initialisation as width_theory,
)
from tests.claims.planted import verdict
from tests.mutation import mutant

HERE = "claims.sankararaman2020confusion"

BROKEN = {
    "a step along another example": (
        orthogonal_data,
        "fast",
        linear_models,
        "decoupling",
        "w = w + rate * y[i] * pull[i] * x[i]",
        "w = w + rate * y[i] * pull[i] * x[0]",
    ),
    "a larger exponent of the cap bound": (
        near_orthogonal,
        "fast",
        random_vectors,
        "near_orthogonality",
        "math.exp(-(dimension - 1) * nu**2 / 2)",
        "math.exp(-(dimension + 3) * nu**2 / 2 - 0)",
    ),
    "half the error of a gradient": (
        low_rank_hessian,
        "fast-bound",
        hessians,
        "hessian_bound",
        "cubic = lipschitz / 2 * distance**2",
        "cubic = lipschitz / 4 * distance**2",
    ),
    "a rate twice as fast": (
        pl_convergence,
        "fast-bound",
        sgd_bounds,
        "convergence",
        "rho = 1 - 2 * self.pl / n",
        "rho = 1 - 4 * self.pl / n",
    ),
    "a sum of gradients for their mean": (
        stationary,
        "fast-bound",
        sgd_bounds,
        "convergence",
        "gradients.append((slopes @ world.x / points)",
        "gradients.append((slopes @ world.x)",
    ),
    "weights that are not normalised": (
        lemma_d1,
        "fast-per-layer",
        unit_networks,
        "bounded_gradients",
        "weights.append(w / torch.linalg.matrix_norm(w, 2))",
        "weights.append(w)",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_computation_is_refuted(fault):
    claim, form, module, function, healthy, faulty = BROKEN[fault]
    broken = getattr(mutant(module, healthy, faulty), function)
    name = f"{module.__name__}:{function}"

    assert verdict(claim, form, functions={name: broken}, seeds=2) == "REFUTED"


def test_half_the_variance_neither_bounds_nor_keeps_the_identity():
    whole = "float((one - mean).square().sum() + (other - mean).square().sum()) / 2"
    broken = mutant(random_vectors, whole, whole.replace("/ 2", "/ 4")).spread_of_gradients
    name = f"{random_vectors.__name__}:spread_of_gradients"

    assert (
        verdict(counterexample, "fast-converse", functions={name: broken}, seeds=2) != "CONFIRMED"
    )


def test_a_variance_that_never_grows_does_not_confirm():
    bounded = {("variances", "gradients"): lambda v: v / v}

    assert verdict(counterexample, "fast-unbounded", change=bounded) == "REFUTED"


def test_a_variance_divided_once_too_often_is_not_taken_for_the_exponent():
    divided = {("variance", "MLP"): lambda v: v / np.sqrt(SIZES)}

    assert verdict(batch_scaling, "fast-start") == "REFUTED"
    assert verdict(batch_scaling, "fast-start", change=divided) != "REFUTED"


@pytest.mark.parametrize("case", ["loss", "confusion"])
def test_the_same_regression_twice_has_no_advantage(case):
    assert verdict(regression, f"fast-{case}", arms={OVER: UNDER}) == "REFUTED"


def test_depths_in_the_wrong_order_turn_the_theory_of_depth():
    reverse = {"β = 1": "β = 16", "β = 2": "β = 8", "β = 8": "β = 2", "β = 16": "β = 1"}

    assert verdict(depth_theory, "fast-gaussian") == "REFUTED"
    assert verdict(depth_theory, "fast-gaussian", arms=reverse) != "REFUTED"


def test_norms_in_other_units_turn_the_theory_of_width():
    arms = [f"ℓ = {width}" for width in (16, 32, 64, 128, 256)]
    quarter = {("operator norms", arm): lambda v: v / 4 for arm in arms}

    assert verdict(width_theory, "fast-norms", change=quarter) == "CONFIRMED"


def test_an_expected_product_below_minus_four_is_seen():
    below = {("lowest expected product", "β = 3"): lambda v: v - 5}

    assert verdict(width_theory, "fast-expectation", change=below) == "REFUTED"


def test_shallow_networks_for_deep_ones_turn_the_trend():
    assert verdict(depth_cnn, "fast-loss", arms={"10": "22", "22": "10"}) == "REFUTED"
    assert verdict(depth_mlp, "fast-tanh-loss", arms={"3": "100", "100": "3"}) == "REFUTED"


def test_narrow_networks_for_wide_ones_turn_the_trend():
    reverse = {"8": "64", "64": "8"}

    assert verdict(width_mlp, "fast-matched", arms=reverse) != "CONFIRMED"
    assert verdict(width_mlp, "fast-loss", arms=reverse) == "REFUTED"


def test_one_network_at_every_level_is_not_less_confused_at_one_loss():
    assert verdict(depth_cnn, "fast-matched-confusion", arms={"16": "10"}) == "REFUTED"
    assert verdict(width_cnn, "fast-matched-confusion", arms={"1": "2", "4": "2"}) == "REFUTED"


def test_cosines_halved_at_one_level_turn_the_spread_at_one_loss():
    for claim, level in ((depth_cnn, "16"), (width_cnn, "1")):
        halved = {(FEW_EVAL.name, level): lambda cosines: cosines / 2}
        assert verdict(claim, "fast-matched-spread", change=halved) == "REFUTED"


def test_networks_that_are_not_stopped_at_one_loss_are_not_compared():
    longer = {(LOSS.name, "30"): lambda loss: loss - 0.5}

    assert verdict(depth_mlp, "fast-identity-matched") == "CONFIRMED"
    assert verdict(depth_mlp, "fast-identity-matched", change=longer) == "INCONCLUSIVE"


def test_both_that_are_one_alone_are_not_less_confused():
    assert verdict(bn_skip, "fast-both-matched", arms={"both": "skips"}) == "REFUTED"


def test_batch_norm_that_is_not_there_does_not_help():
    assert verdict(bn_skip, "fast-alone-helps", arms={"batch norm 22": "neither 22"}) == "REFUTED"


def test_another_printed_number_turns_the_audit(monkeypatch):
    monkeypatch.setitem(STATED, "training points that MLP-300-10 exceeds in parameters", "40000")

    assert verdict(confusion_audit, "static-parameters") == "CONFIRMED"
