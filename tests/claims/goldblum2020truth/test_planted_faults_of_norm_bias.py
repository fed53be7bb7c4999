"""Each claim on norm-bias and its neighbours, judged with a fault in it: the verdict turns."""

from dataclasses import replace

import numpy as np
import pytest

from claims.goldblum2020truth import (
    penalties,
    test_norm_bias_audit,
    test_norm_bias_in_print,
    test_norm_bias_text,
)
from claims.goldblum2020truth.fixed_norms import (
    FIXED,
    FIXED_LARGE,
    MATCHED_SMALLEST,
    SMALLEST,
)
from claims.goldblum2020truth.norm_bias_rows import SETTINGS
from claims.goldblum2020truth.paper import NORM_BIAS_ROWS
from claims.goldblum2020truth.recipes import DECAY, NO_PENALTY, NORM_BIAS
from claims.goldblum2020truth.test_decay_helps import (
    test_weight_decay_generalises_better_than_no_penalty as decay_helps,
)
from claims.goldblum2020truth.test_fixed_norm import (
    test_a_norm_fixed_by_force_generalises_no_worse_than_norm_bias as fixed_norm,
)
from claims.goldblum2020truth.test_fixup_collapse import (
    FASTER,
    UNPENALISED,
)
from claims.goldblum2020truth.test_fixup_collapse import (
    test_fixup_networks_without_penalty_end_at_chance as fixup_collapse,
)
from claims.goldblum2020truth.test_fixup_normalisation import (
    test_fixup_networks_learn_less_on_data_that_are_not_normalised as learn_less,
)
from claims.goldblum2020truth.test_interior_norm import (
    test_networks_held_at_a_norm_in_between_generalise_best as interior_norm,
)
from claims.goldblum2020truth.test_negative_decay import NEGATIVE
from claims.goldblum2020truth.test_negative_decay import (
    test_negative_decay_blows_the_norm_up_and_still_classifies as negative_decay,
)
from claims.goldblum2020truth.test_norm_bias import (
    test_norm_bias_generalises_better_than_weight_decay as better,
)
from claims.goldblum2020truth.test_norm_bias import (
    test_norm_bias_generalises_no_worse_than_weight_decay as no_worse,
)
from claims.goldblum2020truth.test_norm_bias_audit import (
    test_the_printed_differences_are_significant_in_most_rows as significant_in_most,
)
from claims.goldblum2020truth.test_norm_bias_in_print import (
    test_as_printed_decay_often_improves_significantly_on_no_penalty as often_significant,
)
from claims.goldblum2020truth.test_norm_bias_in_print import (
    test_as_printed_norm_bias_is_no_worse_in_any_row as no_worse_in_print,
)
from claims.goldblum2020truth.test_norm_bias_in_print import (
    test_the_norm_printed_for_norm_bias_is_its_target as pinned_in_print,
)
from claims.goldblum2020truth.test_norm_bias_text import (
    test_each_comparison_in_the_text_is_in_its_direction_as_printed as text_borne_out,
)
from claims.goldblum2020truth.test_norm_pinned import (
    test_norm_bias_ends_at_the_norm_it_was_told as norm_pinned,
)
from claims.goldblum2020truth.test_r0_is_decay import (
    test_norm_bias_with_target_zero_is_weight_decay as r0_is_decay,
)
from tests.claims.planted import verdict, verdict_on
from tests.mutation import mutant

ACCURACY, SQUARED_NORM = "accuracy on test", "squared norm on train"


def raised(by):
    """Accuracies that the wrong images were counted for."""
    return lambda accuracy: accuracy + by


CONFIRMED = {  # test, form, planted fault
    "norm-bias without its penalty": (no_worse, "fast-mlp", {"arms": {NORM_BIAS: NO_PENALTY}}),
    "decay without its penalty": (decay_helps, "fast-mlp", {"arms": {DECAY: NO_PENALTY}}),
    "decay without its penalty, resnet": (
        decay_helps,
        "fast-resnet",
        {"arms": {DECAY: NO_PENALTY}},
    ),
    "norm-bias that lets go of the norm": (
        norm_pinned,
        "fast",
        {"arms": {NORM_BIAS: NO_PENALTY}},
    ),
    "squared norms without a layer": (
        norm_pinned,
        "fast",
        {"change": {(SQUARED_NORM, NORM_BIAS): lambda norm: 0.9 * norm}},
    ),
    "a constraint that does nothing": (fixed_norm, "fast-mlp", {"arms": {FIXED: NO_PENALTY}}),
    "a fixed norm at another value": (
        fixed_norm,
        "fast-mlp",
        {"change": {(SQUARED_NORM, FIXED): lambda norm: 1.1 * norm}},
    ),
    "the large norm for the one in the middle": (
        interior_norm,
        "fast-mlp",
        {"arms": {FIXED: FIXED_LARGE}},
    ),
    "the smallest norm misread as the middle": (
        interior_norm,
        "fast-mlp",
        {"arms": {SMALLEST: FIXED}},
    ),
    "the largest norm misread as the middle": (
        interior_norm,
        "fast-mlp",
        {"arms": {FIXED_LARGE: FIXED}},
    ),
    "ends as good as the middle once their steps are matched": (
        interior_norm,
        "fast-mlp",
        {"arms": {MATCHED_SMALLEST: FIXED}},
    ),
    "as much decay as the paper's, without norm-bias": (
        no_worse,
        "fast-mlp-papers-decay",
        {"arms": {NORM_BIAS: NO_PENALTY}},
    ),
    "norm-bias for the paper's decay": (
        better,
        "fast-mlp-papers-decay",
        {"arms": {NORM_BIAS: DECAY}},
    ),
    "decay that does not act": (
        decay_helps,
        "fast-mlp",
        {"change": {(SQUARED_NORM, DECAY): lambda norm: 10 * norm}},
    ),
    "norm-bias below the norm of decay": (
        no_worse,
        "fast-mlp",
        {"change": {(SQUARED_NORM, NORM_BIAS): lambda norm: 0.5 * norm}},
    ),
    "negative decay that is none": (
        negative_decay,
        "fast",
        {"arms": {NEGATIVE: NO_PENALTY}},
    ),
    "accuracy lost to a large norm": (
        negative_decay,
        "fast",
        {"change": {(ACCURACY, NEGATIVE): raised(-0.2)}},
    ),
}


@pytest.mark.parametrize("fault", CONFIRMED)
def test_what_was_confirmed_is_not_with_a_fault(fault):
    test, form, planted = CONFIRMED[fault]

    assert verdict(test, form) == "CONFIRMED"
    assert verdict(test, form, **planted) != "CONFIRMED"


REFUTED = {
    "norm-bias counted 5 points too well": (
        better,
        "fast-mlp",
        {"change": {(ACCURACY, NORM_BIAS): raised(0.05)}},
    ),
    "decay counted 3 points too well": (
        decay_helps,
        "fast-mlp-clean",
        {"change": {(ACCURACY, DECAY): raised(0.03)}},
    ),
    "the fast network for the slower": (
        fixup_collapse,
        "fast-small",
        {"arms": {UNPENALISED: FASTER}},
    ),
}


@pytest.mark.parametrize("fault", REFUTED)
def test_what_was_refuted_is_confirmed_with_a_fault(fault):
    test, form, planted = REFUTED[fault]

    assert verdict(test, form) == "REFUTED"
    assert verdict(test, form, **planted) == "CONFIRMED"


def test_norm_bias_towards_another_target_is_not_weight_decay():
    healthy = "NormBias(coefficient=coefficient, squared_norm=squared_norm"
    off = mutant(penalties, healthy, healthy + " + 1e3").distance_to_decay
    name = "claims.goldblum2020truth.penalties:distance_to_decay"

    assert verdict(r0_is_decay, "fast", functions={name: off}, seeds=1) == "REFUTED"


# ── audits ────────────────────────────────────────────────────────────────────────────────────────


def row(no_decay, decay, norm_bias):
    """The first printed row with other means."""
    first = NORM_BIAS_ROWS[0]
    cells = {"no_decay": no_decay, "decay": decay, "norm_bias": norm_bias}
    return first._replace(
        **{name: replace(getattr(first, name), mean=mean) for name, mean in cells.items()}
    )


APART = [row("90.00", "91.00", "92.00")] * 11
WORSE = [*NORM_BIAS_ROWS[:-1], row("90.00", "91.00", "90.50")]
TIED = [row("90.00", "90.00", "90.00")] * 8


@pytest.mark.parametrize("case", ["norm-bias-over-decay", "decay-over-none"])
def test_a_table_misread_as_clear_would_pass_the_audit(monkeypatch, case):
    monkeypatch.setattr(test_norm_bias_audit, "NORM_BIAS_ROWS", APART)

    assert verdict(significant_in_most, f"static-{case}") == "CONFIRMED"


@pytest.mark.parametrize("case", ["norm-bias-over-decay", "decay-over-none"])
def test_a_table_of_ties_is_in_no_direction(monkeypatch, case):
    assert verdict(significant_in_most, f"static-{case}-direction") == "CONFIRMED"

    monkeypatch.setattr(test_norm_bias_audit, "NORM_BIAS_ROWS", TIED)

    assert verdict(significant_in_most, f"static-{case}-direction") != "CONFIRMED"


def test_a_table_misread_as_clear_would_bear_out_the_text(monkeypatch):
    rows = [APART[0]._replace(table=r.table, model=r.model) for r in NORM_BIAS_ROWS]
    monkeypatch.setattr(test_norm_bias_text, "NORM_BIAS_ROWS", rows)

    assert verdict(text_borne_out, "static") == "CONFIRMED"


def test_one_row_misread_is_enough_for_worse_in_print(monkeypatch):
    assert verdict(no_worse_in_print, "static") == "CONFIRMED"

    monkeypatch.setattr(test_norm_bias_in_print, "NORM_BIAS_ROWS", WORSE)

    assert verdict(no_worse_in_print, "static") == "REFUTED"


def test_rows_without_a_difference_are_not_often_significant(monkeypatch):
    assert verdict(often_significant, "static") == "CONFIRMED"

    monkeypatch.setattr(test_norm_bias_in_print, "CIFAR10_ROWS", TIED)

    assert verdict(often_significant, "static") == "REFUTED"


def test_a_squared_target_read_as_a_norm_is_not_what_is_printed(monkeypatch):
    assert verdict(pinned_in_print, "static") == "CONFIRMED"

    misread = replace(SETTINGS["fixup20"], squared_norm=1000.0**2)
    monkeypatch.setattr(test_norm_bias_in_print, "SETTINGS", {"fixup20": misread})

    assert verdict(pinned_in_print, "static") == "REFUTED"


@pytest.mark.parametrize(
    ("raw", "word"),
    [(0.12, "CONFIRMED"), (0.90, "REFUTED")],
    ids=["at chance", "as good"],
)
def test_fixup_on_raw_images_decides_what_is_said_of_normalisation(raw, word):
    measured = {"normalised": np.full(24, 0.9), "not normalised": np.full(24, raw)}
    measured["normalised"][3] = 0.45

    assert verdict_on(learn_less, "fast", lambda _, **__: measured) == word
