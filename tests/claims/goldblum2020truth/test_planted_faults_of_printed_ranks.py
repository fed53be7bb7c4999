"""A digit planted in the printed tables on rank turns the word of each audit of them."""

import pytest

from claims.goldblum2019truth import test_rank_order as submitted
from claims.goldblum2020truth import test_rank_harmless_audit as harmless_audit
from claims.goldblum2020truth import test_rank_order as order
from claims.goldblum2020truth.printed_orders import columns_are_told_apart
from tests.claims.planted import verdict

EACH = order.test_each_printed_row_has_the_order_that_the_text_says
OFTEN = order.test_low_rank_is_often_printed_as_less_robust
UNHARMED = harmless_audit.test_most_printed_rows_lose_no_accuracy_by_rankmax
BETTER = harmless_audit.test_high_rank_is_often_printed_above_low_rank
SUBMITTED = submitted.test_low_rank_is_printed_as_less_robust


def printed(groups, which, **cells):
    """The groups with these cells in one row of each."""
    return {
        name: group._replace(**{which: getattr(group, which)._replace(**cells)})
        for name, group in groups.items()
    }


@pytest.mark.parametrize("case", list(order.EACH_ORDER))
def test_one_row_in_the_other_direction_refutes_what_is_said_of_each(case, monkeypatch):
    first, *_ = order.IN_TABLE_4
    fault = printed({first: order.IN_TABLE_4[first]}, "rank_max", robust="30.00")

    assert verdict(EACH, f"static-{case}") == "CONFIRMED"
    monkeypatch.setattr(order, "IN_TABLE_4", {**order.IN_TABLE_4, **fault})
    assert verdict(EACH, f"static-{case}") == "REFUTED"


@pytest.mark.parametrize("case", list(order.OFTEN_ORDER))
def test_three_rows_in_the_other_direction_refute_often_and_two_do_not(case, monkeypatch):
    names = list(order.ALL_ROWS)
    for reversed_, word in ((2, "CONFIRMED"), (3, "REFUTED")):
        chosen = {name: order.ALL_ROWS[name] for name in names[:reversed_]}
        rows = {**order.ALL_ROWS, **printed(chosen, "rank_min", robust="40.00")}
        monkeypatch.setattr(order, "ALL_ROWS", rows)
        assert verdict(OFTEN, f"static-{case}") == word
        monkeypatch.undo()


@pytest.mark.parametrize("case", list(harmless_audit.RAISED))
def test_losses_of_half_a_point_are_harmless_and_of_two_points_are_not(case, monkeypatch):
    groups, words = harmless_audit.RAISED[case]
    for loss, word in ((0.5, "CONFIRMED"), (4.0, "REFUTED")):
        rows = {
            name: group._replace(
                rank_max=group.rank_max._replace(clean=f"{float(group.plain.clean) - loss:.2f}")
            )
            for name, group in groups.items()
        }
        monkeypatch.setitem(harmless_audit.RAISED, case, (rows, words))
        assert verdict(UNHARMED, f"static-{case}") == word


def test_direction_and_significance_of_high_rank_are_two_matters(monkeypatch):
    close = {
        name: group._replace(
            rank_max=group.rank_max._replace(clean=f"{float(group.rank_min.clean) + 0.01:.2f}")
        )
        for name, group in harmless_audit.ALL_ROWS.items()
    }

    assert verdict(BETTER, "static-direction") == "CONFIRMED"
    assert verdict(BETTER, "static-significance") == "REFUTED"
    for case in ("direction", "significance"):
        _, *rest = harmless_audit.BETTER[case]
        monkeypatch.setitem(harmless_audit.BETTER, case, (close, *rest))
    assert verdict(BETTER, "static-direction") == "CONFIRMED"
    assert verdict(BETTER, "static-significance") == "REFUTED"
    for case in ("direction", "significance"):
        _, *rest = harmless_audit.BETTER[case]
        lower = printed(close, "rank_max", clean="45.00", robust="1.00", robust_small="10.00")
        monkeypatch.setitem(harmless_audit.BETTER, case, (lower, *rest))
    assert verdict(BETTER, "static-direction") == "REFUTED"


def test_a_lead_over_low_rank_that_is_not_printed_refutes_the_earlier_version(monkeypatch):
    fault = printed(submitted.table_4.ADVERSARIAL, "rank_min", robust="33.20")

    assert verdict(SUBMITTED, "static-adv-over-rankmin") == "CONFIRMED"
    monkeypatch.setattr(submitted.table_4, "ADVERSARIAL", fault)
    assert verdict(SUBMITTED, "static-adv-over-rankmin") == "REFUTED"


def test_columns_that_are_confused_are_noticed():
    confused = printed(order.IN_TABLE_4, "plain", clean="35.38", robust="79.37")

    assert columns_are_told_apart(order.IN_TABLE_4).held
    assert not columns_are_told_apart(confused).held
