"""Each claim's verdict turns when what it is about is broken."""

import numpy as np
import pytest

from claims.liao2020puzzles import fitted_lines, identities
from claims.liao2020puzzles import test_any_way as any_way
from claims.liao2020puzzles import test_counts_captions_audit as audit
from claims.liao2020puzzles import test_gap_shrinks as gap_shrinks
from claims.liao2020puzzles import test_homogeneity as homogeneity
from claims.liao2020puzzles import test_no_overfit as no_overfit
from claims.liao2020puzzles import test_normalised_linear as normalised_linear
from claims.liao2020puzzles import test_random_label_point as random_label_point
from claims.liao2020puzzles import test_ranking as ranking
from claims.liao2020puzzles import test_resnet_one_image as resnet
from claims.liao2020puzzles import test_softmax as softmax
from claims.liao2020puzzles import test_unnormalised_unrelated as unrelated
from claims.liao2020puzzles import test_worse_minima as worse_minima
from claims.liao2020puzzles import test_zhang as zhang
from claims.liao2020puzzles.families import RANDOM_LABELS, percent_name, sigma_name
from claims.liao2020puzzles.recipes import FRACTIONS, SIGMAS
from claims.liao2020puzzles.test_near_zero import WORLDS as NEAR_ZERO_WORLDS
from claims.liao2020puzzles.test_near_zero import outputs_of
from claims.liao2020puzzles.test_near_zero import (
    test_the_outputs_of_normalised_nets_are_near_zero as NEAR_ZERO,
)
from tests.claims.planted import verdict, verdict_on
from tests.mutation import mutant

SIGMA = [sigma_name(s) for s in SIGMAS]
PERCENT = [percent_name(f) for f in FRACTIONS]


def reversed_order(names):
    """Every net in the place of the one at the other end."""
    return dict(zip(names, reversed(names), strict=True))


# ── identities ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("normalised.norms.prod() *", "normalised.norms.sum() *"),
    ],
    ids=["sum of norms"],
)
def test_another_factor_is_not_homogeneous(healthy, faulty):
    broken = mutant(identities, healthy, faulty).homogeneity

    found = verdict(
        homogeneity.test_a_net_is_its_norm_product_times_its_unit_net,
        "fast",
        functions={"claims.liao2020puzzles.identities:homogeneity": broken},
        seeds=2,
    )

    assert (found == "CONFIRMED") == ("sum" not in faulty)


def test_a_normalisation_that_turns_signs_changes_classes():
    healthy = "normalised.norms.prod() * normalised.network(x)"
    broken = mutant(identities, healthy, f"-{healthy}").homogeneity

    found = verdict(
        homogeneity.test_normalising_changes_no_class,
        "fast",
        functions={"claims.liao2020puzzles.identities:homogeneity": broken},
        seeds=2,
    )

    assert found == "REFUTED"


@pytest.mark.parametrize(
    ("test", "healthy", "faulty"),
    [
        (softmax.test_two_class_softmax_is_the_logistic_loss, "torch.exp(-(2 *", "torch.exp((2 *"),
        (
            softmax.test_the_loss_of_separated_data_falls_as_the_norm_grows,
            "labels = outputs.argmax(dim=1)",
            "labels = outputs.argmin(dim=1)",
        ),
    ],
)
def test_a_wrong_sign_in_the_loss_is_noticed(test, healthy, faulty):
    broken = mutant(identities, healthy, faulty).softmax

    found = verdict(
        test, "fast", functions={"claims.liao2020puzzles.identities:softmax": broken}, seeds=2
    )

    assert found != "CONFIRMED"


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────

LINEAR = normalised_linear.test_normalised_test_loss_is_a_line_over_train_loss


@pytest.mark.parametrize(("world", "names"), [("init", SIGMA), ("pretraining", PERCENT)])
def test_nets_that_do_not_generalise_have_neither_slope_one_nor_a_small_gap(world, names):
    """Normalised test losses of memorising nets: ln 10 whatever the train loss."""
    chance = {
        ("normalised loss on test", name): lambda a, i=i: np.full_like(a, np.log(10) - 1e-4 * i)
        for i, name in enumerate(names)
    }

    assert verdict(LINEAR, f"fast-slope-{world}", change=chance) == "REFUTED"
    assert verdict(LINEAR, f"fast-gap-{world}", change=chance) == "REFUTED"


def test_losses_off_a_line_are_refuted_and_not_called_empty():
    bent = {
        ("normalised loss on test", name): lambda a, i=i: a + 0.03 * (-1) ** i
        for i, name in enumerate(SIGMA)
    }

    assert verdict(LINEAR, "fast-fit-init", change=bent) == "REFUTED"


def test_a_family_of_unlike_margins_would_make_the_fit_worth_something():
    """The null fails, as it should, where nets lose different shares of their margin."""
    unlike = {
        ("centred margin on test", name): lambda a, i=i: a * (0.05 + 0.9 * (i % 2))
        for i, name in enumerate(SIGMA)
    }

    assert verdict(LINEAR, "fast-fit-init", change=unlike) == "CONFIRMED"


def _scatter(i, values):
    """Numbers that differ from seed to seed and from net to net."""
    return np.roll(SCATTER, 3 * i)[: len(values)]


SCATTER = np.random.default_rng(0).standard_normal(24)  # runs that all agree decide nothing


def test_train_losses_that_rank_nets_are_a_relation():
    names = [*unrelated.FOR_SIXTY_EPOCHS.arms]
    ranked = {
        ("loss on train", name): lambda a, i=i: i / 1000 + 1e-3 * _scatter(i, a)
        for i, name in enumerate(names)
    } | {
        ("loss on test", name): lambda a, i=i: i / 10 + 1e-2 * _scatter(i + 1, a)
        for i, name in enumerate(names)
    }

    found = verdict(
        unrelated.test_without_normalisation_train_loss_says_nothing_of_test_loss,
        "fast-pretraining",
        change=ranked,
    )

    assert found != "CONFIRMED"


def test_train_losses_that_follow_the_knob_alone_are_no_relation_within_a_level():
    names = [*unrelated.FOR_SIXTY_EPOCHS.arms]
    by_the_knob = {
        (f"loss on {split}", name): lambda a, i=i, k=k: i / 10 + 1e-3 * _scatter(2 * i + k, a)
        for i, name in enumerate(names)
        for k, split in enumerate(("train", "test"))
    }
    test = unrelated.test_without_normalisation_train_loss_says_nothing_of_test_loss

    assert verdict(test, "fast-pretraining", change=by_the_knob) != "CONFIRMED"
    assert verdict(test, "fast-pretraining-within", change=by_the_knob) != "REFUTED"


POINT = random_label_point.test_the_net_of_random_labels_lies_on_the_line


def test_a_net_on_the_line_would_be_seen_there():
    """With the normalised losses of one of the fitted nets in its place."""
    held = {
        ("accuracy on test", RANDOM_LABELS): lambda a: 0.1 + 0 * a,
        ("loss on test", RANDOM_LABELS): lambda a: a + 15,
    }

    found = verdict(POINT, "fast-scatter", arms={RANDOM_LABELS: sigma_name(0.2)}, change=held)

    assert found == "CONFIRMED"


def test_a_net_far_from_the_picture_is_off_the_line():
    far = {
        ("normalised loss on test", RANDOM_LABELS): lambda a: a + 3,
        ("accuracy on train", RANDOM_LABELS): np.ones_like,  # memorised by every net
    }

    assert verdict(POINT, "fast-picture", change=far) == "REFUTED"


@pytest.mark.parametrize(
    ("test", "change"),
    [
        (
            any_way.test_l1_norms_give_the_same_line,
            {
                ("normalised loss on test (p=1.0, unit=10.0)", name): lambda a: 1.2 * a
                for name in PERCENT
            },
        ),
        (
            any_way.test_both_ways_to_make_minima_give_the_same_line,
            {("normalised loss on test", name): lambda a: 1.2 * a for name in SIGMA},
        ),
        (
            any_way.test_nets_stopped_at_another_loss_give_the_same_line,
            {("normalised loss on test", name): lambda a: 1.2 * a for name in PERCENT},
        ),
    ],
)
def test_lines_of_other_slopes_are_not_the_same(test, change):
    assert verdict(test, "fast", change=change) == "REFUTED"


def test_residual_nets_off_a_line_are_not_confirmed():
    on_one_image = resnet.test_residual_nets_divided_by_one_output_lie_on_a_line
    bent = {
        ("divided loss on test (image=0)", name): lambda a, i=i: a + 0.5 * (-1) ** i
        for i, name in enumerate(resnet.SMALL_RESNET)
    }

    assert verdict(on_one_image, "fast") == "CONFIRMED"
    assert verdict(on_one_image, "fast", change=bent) != "CONFIRMED"


# ── rankings and trends ───────────────────────────────────────────────────────────────────────────

RANKINGS = {
    ranking.test_normalised_train_loss_ranks_nets_by_test_error: "REFUTED",
    ranking.test_a_larger_norm_product_goes_with_larger_test_loss_and_error: "REFUTED",
    ranking.test_test_error_grows_with_the_inverse_margin: "REFUTED",
}


@pytest.mark.parametrize(("world", "names"), [("pretraining", PERCENT)])
@pytest.mark.parametrize("test", RANKINGS)
def test_test_errors_in_reverse_are_not_ranked(test, world, names):
    """Test errors that grow with what was seen to go with small ones."""
    change = {
        ("accuracy on test", name): lambda a, i=i: 0.8 + 0.02 * i + 0.01 * _scatter(i, a)
        for i, name in enumerate(names)
    }

    assert verdict(test, f"fast-{world}", change=change) == RANKINGS[test]


@pytest.mark.parametrize("which", ["fast-init", "fast-init-within"])
def test_where_many_train_losses_are_not_matched_nothing_is_ranked(which):
    change = {("loss on train", name): lambda a: 0 * a + 0.5 for name in SIGMA[-2:]}

    found = verdict(
        ranking.test_a_larger_norm_product_goes_with_larger_test_loss_and_error,
        which,
        change=change,
    )

    assert found == "INCONCLUSIVE"


@pytest.mark.parametrize("test", RANKINGS)
def test_a_net_that_errs_on_its_training_images_does_not_void_the_others(test):
    change = {("accuracy on train", SIGMA[-1]): lambda a: np.where(np.arange(len(a)) == 3, 0.9, a)}

    assert verdict(test, "fast-init", change=change) == verdict(test, "fast-init")


def _within(i, values):
    """The same numbers from seed to seed at each level, and others at each."""
    return np.roll(SCATTER, 5 * i)[: len(values)]


@pytest.mark.parametrize("test", RANKINGS)
@pytest.mark.parametrize("goes_with", [True, False])
def test_nets_are_ranked_within_a_level_only_by_what_goes_with_their_errors(test, goes_with):
    """Predictors that follow the knob at all levels; test errors do, or do not, within each."""
    change = {
        (quantity, name): lambda a, i=i, sign=sign: i + sign * 0.3 * _within(i, a)
        for i, name in enumerate(PERCENT)
        for quantity, sign in (
            ("normalised loss on train", 1),
            ("normalised loss on test", 1),
            ("log norm product on train", 1),
            ("smallest margin on train (normalised=True)", -1),
        )
    } | {
        (quantity, name): lambda a, i=i, sign=sign: (
            0.5
            + sign * (0.03 * i + 0.01 * (_within(i, a) if goes_with else _scatter(7 * i + 3, a)))
        )
        for i, name in enumerate(PERCENT)
        for quantity, sign in (("accuracy on test", -1), ("loss on test", 1))
    }

    found = verdict(test, "fast-pretraining-within", change=change)

    assert found == ("CONFIRMED" if goes_with else "REFUTED")


@pytest.mark.parametrize(
    ("test", "names"),
    [
        (worse_minima.test_more_corrupted_pretraining_leads_to_larger_test_error, PERCENT),
        (worse_minima.test_larger_initial_weights_lead_to_larger_test_error, SIGMA),
    ],
)
def test_levels_in_reverse_do_not_hurt(test, names):
    assert verdict(test, "fast", arms=reversed_order(names)) == "REFUTED"


@pytest.mark.parametrize(("missing", "word"), [(1, "CONFIRMED"), (8, "INCONCLUSIVE")])
def test_nets_that_miss_the_loss_are_no_minima_and_one_does_not_void_the_others(missing, word):
    change = {
        ("loss on train", name): lambda a: np.where(np.arange(len(a)) < missing, 0.1, a)
        for name in SIGMA[:2]
    }

    found = verdict(
        worse_minima.test_larger_initial_weights_lead_to_larger_test_error, "fast", change=change
    )

    assert found == word


@pytest.mark.parametrize("labels", ["natural", "random"])
def test_a_gap_that_grows_with_the_sample_is_refuted(labels):
    names = list(gap_shrinks.SETS["fast", labels][1])
    arms = reversed_order(names)

    found = verdict(
        gap_shrinks.test_the_gap_of_normalised_losses_shrinks_with_the_sample,
        f"fast-{labels}",
        arms=arms,
    )

    assert found == "REFUTED"


def test_a_largest_net_that_overfits_is_noticed():
    change = {("accuracy on test", "32 filters"): lambda a: a - 0.2}

    found = verdict(
        no_overfit.test_test_error_does_not_rise_as_parameters_pass_the_sample_size,
        "fast",
        change=change,
    )

    assert found == "REFUTED"


@pytest.mark.parametrize(
    "change",
    [
        {("accuracy on train", RANDOM_LABELS): lambda a: a - 0.01},
        {("accuracy on test", RANDOM_LABELS): lambda a: a + 0.2},
    ],
    ids=["not memorised", "not at chance"],
)
def test_random_labels_that_are_not_memorised_or_teach_something_are_noticed(change):
    found = verdict(
        zhang.test_random_labels_are_memorised_at_chance_test_error, "fast", change=change
    )

    assert found == "REFUTED"


# ── print ─────────────────────────────────────────────────────────────────────────────────────────

PRINT = audit.test_printed_counts_lines_and_captions_agree


def test_a_misprinted_count_is_noticed(monkeypatch):
    monkeypatch.setitem(fitted_lines.PARAMETERS, "L.1.2", "165,785")

    assert verdict(PRINT, "static-counts") == "REFUTED"


def test_a_line_beside_chance_is_noticed(monkeypatch):
    lines = (*audit.LINES[:3], audit.LINES[3]._replace(intercept="-0.0391"))
    monkeypatch.setattr(audit, "LINES", lines)

    assert verdict(PRINT, "static-intercepts") == "REFUTED"


def test_slopes_and_captions_that_agree_would_be_confirmed(monkeypatch):
    lines = tuple(line._replace(slope="1.0075") for line in audit.LINES)
    monkeypatch.setattr(audit, "LINES", lines)
    monkeypatch.setattr(audit, "FIG_16", audit.FIG_15)

    assert verdict(PRINT, "static-slope-one") == "CONFIRMED"
    assert verdict(PRINT, "static-captions") == "CONFIRMED"


# ── what only the full tier runs ──────────────────────────────────────────────────────────────────


def near_zero_verdict(outputs, raw):
    """The verdict on these outputs of the most likely class, seeds × images."""
    normalised, as_trained = outputs_of("mnist-short")
    seeds = np.arange(float(len(outputs)))

    def measured(quantity, *, worst):  # noqa: ARG001
        of = {normalised.name: outputs, as_trained.name: raw}
        other = 7 + 0.01 * seeds if "norm product" in quantity else np.ones(len(outputs))
        return {name: of.get(quantity, other) for name in NEAR_ZERO_WORLDS["mnist-short"].arms}

    return verdict_on(NEAR_ZERO, "full-mnist-short-sigma-0.1", measured)


def test_outputs_that_are_not_near_zero_are_refuted():
    small = 0.03 + 0.001 * np.arange(30.0).reshape(3, 10) / 30

    assert near_zero_verdict(small, 2000 * small) == "CONFIRMED"
    assert near_zero_verdict(10 * small, 2000 * small) == "REFUTED"
