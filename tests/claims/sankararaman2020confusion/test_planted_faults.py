"""A fault planted behind each claim on gradient confusion turns its verdict."""

import numpy as np
import pytest

from claims.sankararaman2020confusion import (
    hessians,
    linear_models,
    minimisers,
    pairs_of_points,
    random_vectors,
    sgd_bounds,
    unit_networks,
)
from claims.sankararaman2020confusion import test_depth_theory as depth_theory_file
from claims.sankararaman2020confusion import test_pl_convergence as pl_convergence_file
from claims.sankararaman2020confusion.paper import STATED
from claims.sankararaman2020confusion.test_batch_scaling import (
    SIZES,
)
from claims.sankararaman2020confusion.test_batch_scaling import (
    test_the_variance_falls_as_the_square_of_the_minibatch_size as batch_scaling,
)
from claims.sankararaman2020confusion.test_confusion_audit import (
    test_what_the_paper_states_of_its_experiments_adds_up as confusion_audit,
)
from claims.sankararaman2020confusion.test_depth_theory import (
    test_gradient_confusion_is_more_likely_in_deeper_networks as depth_theory,
)
from claims.sankararaman2020confusion.test_expected_confusion import (
    test_the_expected_inner_product_of_independent_points_is_not_negative as expected_confusion,
)
from claims.sankararaman2020confusion.test_lemma_d1 import (
    test_gradients_are_bounded_where_operator_norms_are_at_most_one as lemma_d1,
)
from claims.sankararaman2020confusion.test_low_rank_hessian import (
    test_hessians_at_a_common_minimiser_bound_inner_products as low_rank_hessian,
)
from claims.sankararaman2020confusion.test_minimiser_cauchy_schwarz import (
    test_gradients_of_small_variance_at_a_minimiser_are_not_confused as minimisers_claim,
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
from claims.sankararaman2020confusion.test_width_theory import (
    test_wider_networks_have_lower_confusion_at_initialisation as width_theory,
)
from tests.claims.planted import verdict, verdict_on
from tests.mutation import mutant

FIRST = 8
"""Seeds of the first look, which every report has."""

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
    "half the inner product allowed at a minimiser": (
        minimisers_claim,
        "fast-mean",
        minimisers,
        "at_minimisers",
        '"mean": float(inner.abs().mean()) / variance',
        '"mean": 2 * float(inner.abs().mean()) / variance',
    ),
    "a worst pair without the number of points": (
        minimisers_claim,
        "fast-worst-pair",
        minimisers,
        "at_minimisers",
        '"worst pair": 2 * apart / (points * variance)',
        '"worst pair": 2 * apart / variance',
    ),
    "a mean over too few pairs": (
        expected_confusion,
        "fast-expectation",
        pairs_of_points,
        "expected_products",
        "float((rows @ rows.T).mean())",
        "float((rows @ rows.T).sum()) / (POINTS * (POINTS - 1))",
    ),
    "matrices of norm 2": (
        expected_confusion,
        "fast-sensitivity",
        pairs_of_points,
        "sensitivity",
        "(norm * w).requires_grad_()",
        "(2 * norm * w).requires_grad_()",
    ),
    "half the Lipschitz constant": (
        stationary,
        "fast-bound",
        sgd_bounds,
        "convergence",
        "rho = 2 * n / (2 - n * self.smoothness * a)",
        "rho = 2 * n / (2 - n * self.smoothness * a / 2)",
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


def test_the_step_size_that_the_printed_bound_lacks_makes_it_hold():
    printed = "return rho * fall / steps / losses_in"
    restored = mutant(sgd_bounds, printed, "return rho / self.step * fall / steps")
    name = f"{sgd_bounds.__name__}:convergence"

    def word(module):
        functions = {name: module.convergence}
        return verdict(stationary, "fast-as-printed", functions=functions, seeds=2)

    assert word(sgd_bounds) == "REFUTED"
    assert word(restored) == "CONFIRMED"


def test_a_variance_that_never_grows_does_not_confirm():
    bounded = {("variances", "gradients"): lambda v: v / v}

    assert verdict(counterexample, "fast-unbounded", change=bounded) == "REFUTED"


def test_a_variance_divided_once_too_often_is_not_taken_for_the_exponent():
    sizes, rng = np.array(SIZES, dtype=float), np.random.default_rng(0)
    noise, sampled = rng.normal(0, 0.05, (8, 1)), np.exp(rng.normal(0, 0.02, (8, len(SIZES))))
    formula = np.exp(noise) / (20 * sizes) + 1 / sizes**2

    def word(of_sizes):
        found = {
            "variance": formula * sampled * of_sizes,
            "variance by formula": formula * of_sizes,
            "variance, centred": sizes ** (noise - 2),
            "size where both terms are equal": 20 / np.exp(noise[:, 0]),
        }
        return verdict_on(batch_scaling, "fast-start", lambda name, **_: {"MLP": found[name]})

    assert word(1.0) == "REFUTED"
    assert word(1 / np.sqrt(sizes)) != "REFUTED"


@pytest.mark.parametrize("case", ["loss", "confusion"])
def test_regressions_in_each_others_place_have_no_advantage(case):
    swapped = {OVER: UNDER, UNDER: OVER}

    assert verdict(regression, f"fast-{case}", arms=swapped, seeds=FIRST) == "REFUTED"


def test_depths_in_the_wrong_order_turn_the_theory_of_depth():
    reverse = {"β = 1": "β = 16", "β = 2": "β = 8", "β = 8": "β = 2", "β = 16": "β = 1"}

    assert verdict(depth_theory, "fast-gaussian", seeds=FIRST) == "REFUTED"
    assert verdict(depth_theory, "fast-gaussian", arms=reverse, seeds=FIRST) != "REFUTED"


def test_norms_in_other_units_turn_the_theory_of_width():
    arms = [f"variance, ℓ = {width}" for width in (16, 32, 64, 128, 256)]
    quarter = {("operator norms", arm): lambda v: v / 4 for arm in arms}

    assert verdict(width_theory, "fast-norms", seeds=FIRST) == "REFUTED"
    assert verdict(width_theory, "fast-norms", change=quarter, seeds=FIRST) != "REFUTED"


@pytest.fixture(scope="module")
def agreeing():
    """Functions with the point x in the place of −x, so that the two gradients agree."""
    both = "torch.cat([half, -half])"
    broken = mutant(unit_networks, both, both.replace("-", ""))
    names = ("expected_product", "products_at_the_start")
    return {f"{unit_networks.__name__}:{name}": getattr(broken, name) for name in names}


def test_points_that_agree_have_no_expected_product_below_minus_four(agreeing):
    assert verdict(width_theory, "fast-expectation", functions=agreeing, seeds=1) == "CONFIRMED"


def test_points_that_agree_keep_the_promise_of_low_confusion(agreeing):
    assert verdict(width_theory, "fast-bound", functions=agreeing, seeds=2) != "REFUTED"


def test_cosines_do_not_decide_what_inner_products_show():
    flat = {("lowest cosine", f"β = {d}"): lambda v: 0 * v - 0.4 for d in (1, 2, 4, 8, 16)}

    assert verdict(depth_theory, "fast-orthogonal", change=flat, seeds=FIRST) == "CONFIRMED"


def test_a_bound_that_says_something_is_told_from_one_that_does_not(monkeypatch):
    assert verdict(depth_theory, "static-bound") == "REFUTED"

    monkeypatch.setattr(depth_theory_file, "PAPER_SIZES", (("large", 2, 10**9),))
    assert verdict(depth_theory, "static-bound") == "CONFIRMED"


def test_more_epochs_turn_what_the_theorem_promises_in_use(monkeypatch):
    assert verdict(pl_convergence, "static-in-use") == "REFUTED"

    monkeypatch.setattr(pl_convergence_file, "EPOCHS", 50_000)
    assert verdict(pl_convergence, "static-in-use") == "CONFIRMED"


def test_another_printed_number_turns_the_audit(monkeypatch):
    monkeypatch.setitem(STATED, "training points that MLP-300-10 exceeds in parameters", "40000")

    assert verdict(confusion_audit, "static-parameters") == "CONFIRMED"


def test_a_ratio_that_no_reading_has_is_refuted(monkeypatch):
    assert verdict(confusion_audit, "static-ratio") == "CONFIRMED"

    monkeypatch.setitem(STATED, "MLP-300-30 over MLP-3-100, in parameters", "2.8")
    assert verdict(confusion_audit, "static-ratio") == "REFUTED"
