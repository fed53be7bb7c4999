"""Adjustment for many claims: who belongs to which family, and that no verdict moves."""

import pytest

from dltheory.statistics import benjamini_hochberg, holm
from dltheory.verdicts import adjust


def record(p, name="c", paper="one", tier="fast", *, looks=1, p_refute=0.9, **fields):
    """A judged form; confirmed, unless another verdict is given."""
    return {
        "claim": name,
        "tier": tier,
        "status": "judged",
        "bearing": "claim",
        "paper": {"key": paper},
        "verdict": "CONFIRMED",
        "qualifiers": [],
        "criterion": {"looks": list(range(looks))},
        "evidence": {"p_confirm": p, "p_refute": p_refute, "sd": 1.0, "alpha": 0.01},
        **fields,
    }


def refuted(p, name="c", **fields):
    return record(0.95, name, p_refute=p, verdict="REFUTED", **fields)


def condition(*, held, when_failed="inconclusive"):
    return {"name": "k", "held": held, "when_failed": when_failed}


def adjusted(records, name="holm_p"):
    return [r["adjusted"] and r["adjusted"].get(name) for r in adjust(records)]


def test_holm_runs_over_the_claims_of_a_paper():
    records = [
        *(record(p, name) for p, name in ((0.01, "a"), (0.04, "b"), (0.03, "c"))),
        record(0.02, paper="two"),
    ]

    assert adjusted(records) == [*holm([0.01, 0.04, 0.03]), 0.02]


def test_holm_runs_within_a_tier_of_a_paper():
    records = [record(0.01, "a"), record(0.04, "b"), record(0.03, "a", tier="full")]

    assert adjusted(records) == [*holm([0.01, 0.04]), 0.03]


def test_a_claim_holds_only_as_surely_as_the_least_sure_of_its_forms():
    records = [record(0.001, "a"), record(0.02, "a"), record(0.03, "b")]

    assert adjusted(records) == [0.04, 0.04, 0.04]


def test_a_claim_of_many_forms_is_one_claim():
    records = [*(record(0.001, "a", case=str(i)) for i in range(9)), record(0.03, "b")]

    assert adjusted(records)[-1] == 0.03


def test_an_analogue_takes_no_part():
    analogue = record(0.9, "a", bearing="analogue")

    assert adjusted([record(0.01, "a"), analogue, record(0.02, "b")]) == [0.02, None, 0.02]


def test_an_instance_takes_part_in_what_holds():
    assert adjusted([record(0.01, "a"), record(0.02, "a", bearing="instance")]) == [0.02, 0.02]


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "INCONCLUSIVE"},
        {"verdict": "INCONCLUSIVE", "qualifiers": ["rule"]},
        {"verdict": "INCONCLUSIVE", "qualifiers": ["outside the regime"]},
        {"verdict": "INCONCLUSIVE", "qualifiers": ["error rate"]},
        {"verdict": "INCONCLUSIVE", "qualifiers": ["runs lost"]},
        {"verdict": "INCONCLUSIVE", "controls": [condition(held=False)]},
        {"verdict": "INCONCLUSIVE", "regime": [condition(held=False)]},
        {"qualifiers": ["vacuous"]},
        {"qualifiers": ["no control"]},
        {"qualifiers": ["no mutant"]},
        {"provisional": True},
        {"verdict": "SMALLER"},
        {"status": "lost", "verdict": None, "evidence": None},
    ],
    ids=lambda f: "-".join(str(v) for v in f.values())[:40],
)
def test_a_claim_of_which_a_form_was_set_aside_never_counts_as_holding(fields):
    records = [record(1e-9, "a"), record(1e-9, "a") | fields]

    assert adjusted(records)[0] == 1.0


def test_a_form_that_is_open_by_a_failed_control_does_not_hold_although_p_is_above_the_level():
    form = record(0.012, verdict="INCONCLUSIVE", controls=[condition(held=False)])

    assert adjusted([form]) == [1.0]


def test_a_form_that_is_open_by_its_bounds_keeps_its_p_value():
    form = record(0.04, verdict="INCONCLUSIVE", controls=[condition(held=True)])

    assert adjusted([form]) == [0.04]


def test_an_exact_form_that_was_not_confirmed_takes_its_claim_along():
    exact = record(None, "a", verdict="REFUTED")

    assert adjusted([record(1e-9, "a"), exact]) == [1.0, None]


def test_a_p_value_at_one_of_several_looks_counts_so_many_times():
    assert adjusted([record(0.004, looks=3)]) == [pytest.approx(0.012)]
    assert adjusted([record(0.4, looks=3)]) == [1.0]
    assert adjusted([record(0.004, looks=3)], "q") == [pytest.approx(0.012)]
    assert adjusted([refuted(0.004, looks=3)], "holm_p_refute") == [pytest.approx(0.012)]


def test_a_claim_is_refuted_by_its_most_refuted_form_times_the_number_of_forms():
    records = [refuted(0.001, "a"), record(1e-9, "a"), record(1e-9, "a")]

    assert adjusted(records, "holm_p_refute") == [pytest.approx(0.003)] * 3


def test_refutations_are_a_family_of_all_claims_and_not_only_of_the_refuted():
    records = [refuted(0.001, "a"), record(1e-9, "b"), record(1e-9, "c")]

    assert adjusted(records, "holm_p_refute") == [pytest.approx(0.003), 1.0, 1.0]


@pytest.mark.parametrize(
    "fields",
    [
        {"bearing": "instance"},
        {"bearing": "analogue"},
        {"provisional": True},
        {"verdict": "INCONCLUSIVE", "qualifiers": ["rule"]},
    ],
    ids=str,
)
def test_a_claim_is_refuted_by_nothing_less_than_a_refutation_of_itself(fields):
    records = [record(0.95, "a"), refuted(1e-9, "a") | fields]

    assert adjusted(records, "holm_p_refute")[0] == 1.0


def test_q_values_run_over_all_forms_of_a_tier():
    records = [record(0.01), record(0.04, paper="two"), record(0.03), record(0.02, tier="full")]

    assert adjusted(records, "q") == [*benjamini_hochberg([0.01, 0.04, 0.03]), 0.02]


def test_a_claim_without_a_p_value_is_left_out_and_does_not_count():
    records = [record(0.01, "a"), record(None, "b"), record(0.04, "c")]

    assert adjusted(records) == [0.02, None, 0.04]


@pytest.mark.parametrize("status", ["error", "not run"])
def test_a_form_that_was_not_judged_says_nothing_either_way(status):
    unfinished = {**record(0.01), "status": status, "verdict": None, "evidence": None}

    assert adjusted([unfinished, record(0.01)]) == [None, 0.01]


def test_a_record_of_an_earlier_schema_takes_part():
    old = {k: v for k, v in record(0.01).items() if k not in ("bearing", "criterion")}

    assert adjusted([old]) == [0.01]


def test_no_verdict_and_no_given_record_is_changed():
    records = [record(0.01), record(0.9)]

    after = adjust(records)

    assert [r["verdict"] for r in after] == ["CONFIRMED", "CONFIRMED"]
    assert "adjusted" not in records[0]
