"""Reading verdicts and measurements."""

import json
import math

import pytest

from dltheory.reporting import UnreadableRecord, read_measurements, read_verdicts
from tests.reporting.catalogue import every_kind_of_record
from tests.reporting.synthetic import claim, evidence, folder, measurements, old_claim


def read(tmp_path, *records):
    return read_verdicts(folder(tmp_path, records) / "verdicts.jsonl")


def test_every_record_is_read_in_the_order_of_the_file(tmp_path):
    given = every_kind_of_record()

    records = read(tmp_path, *given)

    assert [r.claim for r in records] == [r["claim"] for r in given]


def test_fields_of_the_future_are_ignored(tmp_path):
    (record,) = read(tmp_path, claim("a", unheard_of=[1, 2]))

    assert not hasattr(record, "unheard_of")


def test_an_old_record_without_a_bearing_counts_for_nothing(tmp_path):
    (record,) = read(tmp_path, old_claim("a"))

    assert (record.bearing, record.standing, record.more_seeds) == ("analogue", "", False)


def test_an_old_record_without_a_sentence_asserts_what_it_licenses(tmp_path):
    licensed, bare = read(tmp_path, old_claim("a"), old_claim("b", licenses=""))

    assert licensed.asserted == "Shows the mechanism in a small MLP on digits."
    assert bare.asserted == bare.statement


def test_an_old_vacuous_word_supports_nothing(tmp_path):
    (record,) = read(tmp_path, old_claim("a", qualifiers=["vacuous"]))

    assert record.standing == "supports nothing"


def test_a_null_keeps_the_default_of_its_field(tmp_path):
    (record,) = read(tmp_path, claim("a", plots=None, evidence=None, case=None))

    assert (record.plots, record.evidence, record.case) == ((), None, "")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_read_as_absent(tmp_path, value):
    path = folder(tmp_path, [claim("a", evidence=evidence(7.25, 1.0))]) / "verdicts.jsonl"
    path.write_text(path.read_text("utf-8").replace("7.25", value), "utf-8")

    (record,) = read_verdicts(path)

    assert record.evidence.estimate is None


def test_a_truncated_line_is_named_by_file_and_number(tmp_path):
    path = folder(tmp_path, [claim("a"), claim("b")]) / "verdicts.jsonl"
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")

    with pytest.raises(UnreadableRecord, match=r"verdicts\.jsonl, line 2: not a JSON object"):
        read_verdicts(path)


def test_a_truncated_measurement_is_named_by_file_and_number(tmp_path):
    path = folder(tmp_path, []) / "measurements.jsonl"
    path.write_text(path.read_text("utf-8") + '{"schema": 1, "run"', "utf-8")

    with pytest.raises(UnreadableRecord, match=r"measurements\.jsonl, line 67"):
        read_measurements(path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"schema": 3}, "reads schema 1 and 2, and the line has schema 3"),
        ({"bearing": "side"}, "bearing is one of .*'side'"),
        ({"status": "perhaps"}, "status is one of .*'perhaps'"),
        ({"verdict": None}, "verdict is one of .*None"),
        ({"claim": ""}, "needs 'claim'"),
        ({"evidence": {"estimate": "0.3"}}, "evidence.estimate is a number, .*'0.3'"),
        ({"plots": {"kind": "arms"}}, "plots is a list"),
        ({"criterion": [0.0]}, "criterion is an object"),
        ({"seeds": [1, "two"]}, r"seeds\[1\] is a whole number, .*'two'"),
        ({"controls": [{"held": "yes"}]}, r"controls\[0\].held is true or false, .*'yes'"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_with_its_value(tmp_path, fields, message):
    with pytest.raises(UnreadableRecord, match=f"line 2: .*{message}"):
        read(tmp_path, claim("a"), claim("b", **fields))


def test_a_line_that_is_not_an_object_is_refused(tmp_path):
    with pytest.raises(UnreadableRecord, match="line 1: not a JSON object but list"):
        read(tmp_path, [1, 2])


def test_a_folder_without_verdicts_is_refused(tmp_path):
    with pytest.raises(UnreadableRecord, match=r"verdicts\.jsonl does not exist"):
        read_verdicts(tmp_path / "verdicts.jsonl")


def test_a_run_costs_its_seconds_once(tmp_path):
    _, cost = read_measurements(folder(tmp_path, []) / "measurements.jsonl")

    assert (cost.runs, cost.seconds) == (32, {"cpu": 192.0})


def test_costs_stand_apart_for_every_kind_of_device(tmp_path):
    run = measurements()[-1]
    lines = [run, {**run, "run": "b", "device": "cuda:0"}, {**run, "run": "c", "device": "cuda:1"}]

    _, cost = read_measurements(folder(tmp_path, [], lines) / "measurements.jsonl")

    assert cost.seconds == {"cpu": 6.0, "cuda": 12.0}


def test_the_latest_provenance_comes_first(tmp_path):
    provenances, _ = read_measurements(folder(tmp_path, []) / "measurements.jsonl")

    assert [p.provenance for p in provenances] == ["a1b2c3d4", "00ff"]


def test_a_folder_without_measurements_has_no_cost(tmp_path):
    provenances, cost = read_measurements(tmp_path / "measurements.jsonl")

    assert (provenances, cost.runs) == ((), 0)


def test_a_diverged_measurement_without_value_is_read(tmp_path):
    run = {**measurements()[-1], "value": math.nan, "status": "diverged"}
    path = tmp_path / "measurements.jsonl"
    path.write_text(json.dumps(run) + "\n", "utf-8")

    assert read_measurements(path)[1].runs == 1
