"""What changed between two reports, and whether a continuous integration stops for it."""

import pytest

from dltheory.reporting.__main__ import main
from dltheory.reporting.changes import TITLES, changes, grave, read_report
from tests.reporting.synthetic import claim, criterion, evidence, folder, write_papers

NAME = "goldblum2020truth/a (fast)"


@pytest.fixture
def changed(tmp_path):
    """The kinds of change between a report of these records and one of those, with their names."""

    def compared(old, new):
        for place, records in (("old", old), ("new", new)):
            folder(tmp_path / place, records)
        found = changes(read_report(tmp_path / "old"), read_report(tmp_path / "new"))
        return {kind: [change.name for change in told] for kind, told in found.items() if told}

    return compared


def test_nothing_changed_between_a_report_and_itself(changed):
    assert changed([claim("a")], [claim("a")]) == {}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"verdict": "REFUTED"}, "flips"),
        ({"status": "error", "verdict": None, "evidence": None}, "flips"),
        ({"provisional": True, "supports": False}, "standings"),
        ({"qualifiers": ["vacuous"], "supports": False}, "standings"),
        ({"evidence": evidence(0.005, 0.006)}, "numbers"),
    ],
)
def test_a_change_of_a_form_has_its_kind(changed, fields, kind):
    assert changed([claim("a")], [claim("a", **fields)]) == {kind: [NAME]}


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"criterion": criterion(-0.01, 0.02)}, "δ"),
        ({"sentence": "Another world."}, "sentence"),
        ({"bearing": "analogue"}, "bearing"),
        ({"plan": "another"}, "plan"),
    ],
)
def test_a_change_of_what_was_fixed_is_told_by_name(changed, fields, what):
    told = changed([claim("a")], [claim("a", **fields)])["criteria"]

    assert f"{NAME}: {what}" in told


def test_a_flip_under_a_new_criterion_says_so(tmp_path):
    folder(tmp_path / "old", [claim("a")])
    folder(tmp_path / "new", [claim("a", verdict="REFUTED", plan="another")])

    (flip,) = changes(read_report(tmp_path / "old"), read_report(tmp_path / "new"))["flips"]

    assert (flip.was, flip.now) == ("CONFIRMED", "REFUTED")
    assert flip.note.endswith("its criterion changed too")


def test_forms_that_came_and_went_are_told(changed):
    assert changed([claim("a")], [claim("b")]) == {
        "came": ["goldblum2020truth/b (fast)"],
        "went": [NAME],
    }


def test_a_finding_that_flipped_is_told_first(tmp_path):
    told = claim("norm-bias-no-worse")
    for place, verdict in (("old", "CONFIRMED"), ("new", "REFUTED")):
        write_papers(folder(tmp_path / place, [{**told, "verdict": verdict}]))

    found = changes(read_report(tmp_path / "old"), read_report(tmp_path / "new"))

    (finding,) = found["findings"]
    assert finding.was == "borne out, in mathematics"
    assert finding.now == "not borne out, in mathematics"
    assert next(iter(found)) == "findings"


@pytest.mark.parametrize(
    ("new", "status"),
    [
        ([claim("a")], 0),
        ([claim("a", evidence=evidence(0.005, 0.006))], 0),
        ([claim("a"), claim("b")], 0),
        ([claim("a", provisional=True, supports=False)], 0),
        ([claim("a", verdict="REFUTED")], 1),
        ([claim("b")], 1),
    ],
)
def test_the_exit_status_is_one_for_flips_and_forms_that_went(tmp_path, new, status):
    folder(tmp_path / "old", [claim("a")])
    folder(tmp_path / "new", new)

    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == status


def test_an_absent_report_is_an_error(tmp_path, capsys):
    assert main(["diff", str(tmp_path / "none"), str(tmp_path / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_every_format_tells_flips_before_numbers(tmp_path, form):
    folder(tmp_path / "old", [claim("a"), claim("b")])
    flipped, moved = claim("a", verdict="REFUTED"), claim("b", evidence=evidence(0.005, 0.006))
    folder(tmp_path / "new", [flipped, moved])
    out = tmp_path / "told"

    words = ["diff", str(tmp_path / "old"), str(tmp_path / "new")]
    main([*words, "--format", form, "--out", str(out)])

    text = out.read_text("utf-8")
    assert text.index(TITLES["flips"]) < text.index(TITLES["numbers"])
    assert "1 word flipped, 1 number changed." in text
    assert "REFUTED" in text


def test_folders_of_reports_are_compared_over_all_tiers(tmp_path):
    for place, verdict in (("old", "CONFIRMED"), ("new", "REFUTED")):
        folder(tmp_path / place / "fast", [claim("a")])
        folder(tmp_path / place / "full", [claim("a", tier="full", verdict=verdict)])

    found = changes(read_report(tmp_path / "old"), read_report(tmp_path / "new"))

    assert [change.name for change in found["flips"]] == ["goldblum2020truth/a (full)"]
    assert grave(found)
