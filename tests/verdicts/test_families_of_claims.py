"""Adjustment for many claims: who belongs to which family, and that no verdict moves."""

import pytest

from dltheory.statistics import benjamini_hochberg, holm
from dltheory.verdicts import adjust


def record(p, paper="one", tier="fast", sd=1.0, name="c"):
    evidence = {"p_confirm": p, "sd": sd}
    fields = {"claim": name, "tier": tier, "paper": {"key": paper}, "verdict": "CONFIRMED"}
    return {**fields, "evidence": evidence}


def adjusted(records, name):
    return [r["adjusted"] and r["adjusted"][name] for r in adjust(records)]


def test_holm_runs_within_a_paper():
    records = [record(0.01), record(0.04), record(0.03), record(0.02, paper="two")]

    assert adjusted(records, "holm_p") == [*holm([0.01, 0.04, 0.03]), 0.02]


def test_holm_runs_within_a_tier_of_a_paper():
    records = [record(0.01), record(0.04), record(0.03, tier="full")]

    assert adjusted(records, "holm_p") == [*holm([0.01, 0.04]), 0.03]


def test_q_values_run_over_all_papers_of_a_tier():
    records = [record(0.01), record(0.04, paper="two"), record(0.03), record(0.02, tier="full")]

    assert adjusted(records, "q") == [*benjamini_hochberg([0.01, 0.04, 0.03]), 0.02]


def test_a_claim_without_a_p_value_is_left_out_and_does_not_count():
    records = [record(0.01), record(None, sd=None), record(0.04)]

    assert adjusted(records, "holm_p") == [0.02, None, 0.04]


def test_a_rate_has_no_deviation_and_takes_part_all_the_same():
    assert adjusted([record(0.01), record(0.02, sd=None)], "holm_p") == [0.02, 0.02]


@pytest.mark.parametrize("status", ["error", "not run"])
def test_a_claim_without_evidence_is_left_out(status):
    unfinished = {**record(0.01), "status": status, "evidence": None}

    assert adjusted([unfinished, record(0.01)], "q") == [None, 0.01]


def test_no_verdict_and_no_given_record_is_changed():
    records = [record(0.01), record(0.9)]

    after = adjust(records)

    assert [r["verdict"] for r in after] == ["CONFIRMED", "CONFIRMED"]
    assert "adjusted" not in records[0]


def test_equal_records_are_each_adjusted():
    twin = record(0.01)

    assert adjusted([twin, dict(twin)], "holm_p") == [0.02, 0.02]
