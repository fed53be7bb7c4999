"""Faults planted in what is said of losses, sizes and the course of training: words turn."""

import numpy as np
import pytest

from claims.liao2020puzzles import loss_bounds
from claims.liao2020puzzles import test_counts_captions_audit as audit
from claims.liao2020puzzles import test_during_training as course
from claims.liao2020puzzles import test_gap_shrinks as gap_shrinks
from claims.liao2020puzzles import test_loss_bounds as bounds
from claims.liao2020puzzles import test_normalised_test_loss as test_loss
from claims.liao2020puzzles.families import percent_name
from claims.liao2020puzzles.recipes import FRACTIONS
from tests.claims.planted import verdict
from tests.mutation import mutant

PERCENT = [percent_name(fraction) for fraction in FRACTIONS]
PRINT = audit.test_printed_counts_lines_and_captions_agree
LAST = course.at_looks("fast", "log_norm_product")[-1].name


def word_with(test, function, healthy, faulty):
    """The word where this line of the computation reads otherwise."""
    broken = getattr(mutant(loss_bounds, healthy, faulty), function)
    functions = {f"claims.liao2020puzzles.loss_bounds:{function}": broken}
    return verdict(test, "fast", functions=functions, seeds=2)


def test_a_loss_in_bits_would_bound_the_error():
    found = word_with(
        bounds.test_the_logistic_loss_bounds_the_error,
        "logistic_and_error",
        "return float(margin < 0) - _logistic(margin)\n",
        "return float(margin < 0) - _logistic(margin) / math.log(2) - 1e-9\n",
    )

    assert found == "CONFIRMED"


def test_a_softmax_of_the_other_sign_would_reward_margins():
    found = word_with(
        bounds.test_the_printed_softmax_rewards_margins,
        "printed_softmax",
        "fall(-1.0)",
        "fall(1.0)",
    )

    assert found == "CONFIRMED"


@pytest.mark.parametrize("faulty", ["sum(factors)", "max(factors)"])
def test_complexities_that_go_with_another_number_are_noticed(faulty):
    test = bounds.test_the_rademacher_complexity_scales_with_the_norms

    assert (
        word_with(test, "rademacher", "rho = math.prod(factors)", f"rho = {faulty}") != "CONFIRMED"
    )


def test_a_larger_net_in_fig_1_and_a_smaller_mnist_would_be_confirmed(monkeypatch):
    monkeypatch.setattr(audit, "FIG_1_SETS", (100, 5_000))
    monkeypatch.setattr(audit, "MNIST_IMAGES", 50_000)

    assert verdict(PRINT, "static-fig-1") in ("CONFIRMED", "INCONCLUSIVE")
    assert verdict(PRINT, "static-mnist") == "CONFIRMED"


# ── the course of training ────────────────────────────────────────────────────────────────────────


def test_norms_that_fall_at_the_end_do_not_grow_all_the_time():
    test = course.test_norms_grow_all_the_time
    falls = {(LAST, course.NET): lambda a: a - 1.0}

    assert verdict(test, "fast") == "CONFIRMED"
    assert verdict(test, "fast", arms={course.NET: course.DECAYS}) != "CONFIRMED"
    assert verdict(test, "fast", change=falls) == "REFUTED"


def smallest_at_the_end():
    """Normalised train losses that fall from look to look."""
    named = course.at_looks("fast", "normalised_loss")
    return {
        (one.name, course.NET): lambda a, i=i: a * 0 + 2.3 - 0.1 * i for i, one in enumerate(named)
    }


def test_a_normalised_loss_that_is_smallest_at_the_end_would_tell_when_to_stop():
    test = course.test_the_normalised_loss_tells_when_to_stop

    assert verdict(test, "fast") != "CONFIRMED"
    assert verdict(test, "fast", change=smallest_at_the_end()) == "CONFIRMED"


def test_a_train_loss_that_is_smallest_at_first_would_be_the_worse_monitor():
    test = course.test_the_normalised_loss_is_the_better_monitor
    first = {
        (one.name, course.NET): lambda a, i=i: a * 0 + 1.0 + i
        for i, one in enumerate(course.at_looks("fast", "loss"))
    }

    assert verdict(test, "fast") != "CONFIRMED"
    assert verdict(test, "fast", change=first | smallest_at_the_end()) == "CONFIRMED"


# ── test losses and samples ───────────────────────────────────────────────────────────────────────


def test_test_losses_of_other_nets_do_not_rank_test_errors():
    ranks = test_loss.test_normalised_test_loss_ranks_nets_by_test_error
    reverse = {
        ("accuracy on test", name): lambda a, i=i: 0.7 + 0.03 * i + 0.001 * np.arange(len(a))
        for i, name in enumerate(PERCENT)
    }

    assert verdict(ranks, "fast-pretraining") == "CONFIRMED"
    assert verdict(ranks, "fast-pretraining", change=reverse) != "CONFIRMED"


def test_norms_in_reverse_do_not_rank_test_losses():
    ranks = test_loss.test_the_product_of_norms_ranks_nets_by_normalised_test_loss
    reverse = {
        ("log norm product on train", name): lambda a, i=i: a * 0 - i + 0.001 * np.arange(len(a))
        for i, name in enumerate(PERCENT)
    }

    assert verdict(ranks, "fast-pretraining") == "CONFIRMED"
    assert verdict(ranks, "fast-pretraining", change=reverse) != "CONFIRMED"


def test_a_gap_of_errors_that_grows_with_the_sample_is_refuted():
    names = list(gap_shrinks.SETS["fast", "natural"][1])
    reverse = dict(zip(names, reversed(names), strict=True))
    test = gap_shrinks.test_the_gap_of_errors_shrinks_with_the_sample

    assert verdict(test, "fast") == "CONFIRMED"
    assert verdict(test, "fast", arms=reverse) != "CONFIRMED"
