"""The summary and the README's table."""

import pytest

from dltheory.errors import SpecError
from dltheory.reporting import markdown, read_verdicts, render, verdict_table
from dltheory.reporting.__main__ import main
from dltheory.reporting.markdown import replaced
from dltheory.reporting.schema import GLYPHS, Cost
from tests.reporting.catalogue import every_kind_of_record, many_records
from tests.reporting.synthetic import claim, folder, write_papers

README = "# Title\n\n<!-- findings:begin -->\noutdated row\n<!-- findings:end -->\n\nThe rest.\n"


@pytest.fixture
def report(tmp_path):
    path = folder(tmp_path / "fast", every_kind_of_record())
    write_papers(path)
    return path


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(README, "utf-8")
    return path


def summary(path, records):
    render(folder(path, records))
    return (path / "summary.md").read_text("utf-8")


def long_summary(path, records):
    """The summary alone, without drawings."""
    verdicts = read_verdicts(folder(path, [{**r, "plots": []} for r in records]) / "verdicts.jsonl")
    return markdown.summary(verdicts, (), Cost())


def test_the_summary_of_thousand_long_claims_stays_within_what_is_shown(tmp_path):
    text = long_summary(tmp_path, [{**r, "statement": "é" * 900} for r in many_records(1000)])

    assert len(text.encode()) <= markdown.SUMMARY_BYTES


def test_a_cut_summary_counts_what_it_leaves_out(tmp_path):
    text = long_summary(tmp_path, many_records(1000))

    table = text.split("| form |")[1]
    forms = table.count("\n| ") - table.count("\n| | ")

    assert forms + int(text.split(" more forms in")[0].split("\n")[-1]) == 1000


@pytest.mark.parametrize(("word", "glyph"), GLYPHS.items())
def test_the_summary_has_every_verdict_with_its_glyph(tmp_path, word, glyph):
    assert f"| {glyph} {word}" in summary(tmp_path, every_kind_of_record())


def test_hostile_text_neither_breaks_a_row_nor_becomes_markup(tmp_path):
    row = summary(tmp_path, [claim("a", sentence="a | b\n<b>c</b> `d`")]).split("\n")[-2]

    assert r"| a \| b &lt;b&gt;c&lt;/b&gt; \`d\` |" in row


def test_a_row_names_claim_assertion_verdict_and_measurement(report):
    records = read_verdicts(report / "verdicts.jsonl")
    record = next(r for r in records if r.case == "mlp")

    row = verdict_table([record]).splitlines()[-1].replace("\u00a0", " ")

    assert row == (
        "| [`goldblum2020truth/norm-bias-no-worse · mlp`]"
        "(claims/goldblum2020truth/test_norm_bias_no_worse.py) "
        "| On digits, a small MLP with norm bias tests no worse than with weight decay. "
        "| ✓ CONFIRMED "
        r"| 0.0040 \[0.0001, 0.0079\] accuracy (fraction) · n = 16 · p &lt; 10⁻⁶ |"
    )


def test_the_table_replaces_what_stood_between_the_markers(report, readme):
    main([str(report), "--readme", str(readme)])

    text = readme.read_text("utf-8")
    assert text.startswith("# Title\n")
    assert text.endswith("The rest.\n")
    assert "outdated" not in text
    assert "| What sankararaman2020confusion concludes. | ✓ borne out | in mathematics |" in text


def test_a_second_replacement_changes_nothing(report, readme):
    main([str(report), "--readme", str(readme)])
    once = readme.read_bytes()

    main([str(report), "--readme", str(readme)])

    assert readme.read_bytes() == once


def test_the_check_fails_while_the_readme_would_change(report, readme, capsys):
    status = main([str(report), "--readme", str(readme), "--check"])

    assert status == 1
    assert "shows other findings" in capsys.readouterr().err


def test_the_check_writes_nothing(report, readme):
    main([str(report), "--readme", str(readme), "--check"])

    assert readme.read_text("utf-8") == README
    assert not (report / "index.html").exists()


def test_the_check_passes_once_the_readme_is_up_to_date(report, readme):
    main([str(report), "--readme", str(readme)])

    assert main([str(report), "--readme", str(readme), "--check"]) == 0


@pytest.mark.parametrize(
    "text", ["none", README + README, "".join(reversed(README.split("outdated row")))]
)
def test_a_readme_without_one_pair_of_markers_is_refused(text):
    with pytest.raises(SpecError, match="goes between one"):
        replaced(text, "table")


def test_an_unreadable_folder_is_an_error_and_not_a_traceback(tmp_path, capsys):
    assert main([str(tmp_path / "absent")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_tiers_are_named_where_a_table_holds_several(tmp_path):
    both = folder(tmp_path, [claim("a"), claim("a", tier="full")])

    text = verdict_table(read_verdicts(both / "verdicts.jsonl"))

    assert "CONFIRMED (fast)" in text
    assert "(full)" in text


def test_the_findings_of_a_readme_take_all_tiers(tmp_path, readme):
    told = "norm-bias-no-worse"
    for tier in ("fast", "full"):
        path = folder(tmp_path / "reports" / tier, [claim(told, tier=tier)])
        write_papers(path)

    main([str(tmp_path / "reports"), "--readme", str(readme)])

    assert "at the paper’s own scale and in mathematics" in readme.read_text("utf-8")


def test_a_readme_may_have_the_table_of_forms_too(report, readme):
    forms = "<!-- verdicts:begin -->\n<!-- verdicts:end -->\n"
    readme.write_text(README + forms, "utf-8")

    main([str(report), "--readme", str(readme)])

    text = readme.read_text("utf-8")
    assert text.index("| conclusion |") < text.index("| form |")


def of_papers(**papers):
    """Records of claims with these verdicts, by paper."""
    named = {key: {"key": key, "title": f"On {key}", "year": 2020} for key in papers}
    return [
        claim(str(place), verdict=verdict) | {"claim": f"{key}/{place}", "paper": named[key]}
        for key, verdicts in papers.items()
        for place, verdict in enumerate(verdicts)
    ]


@pytest.fixture
def two_papers(tmp_path):
    records = of_papers(depth=["CONFIRMED", "CONFIRMED", "REFUTED"], width=["REFUTED"])
    return verdict_table(read_verdicts(folder(tmp_path, records) / "verdicts.jsonl"))


def test_claims_of_several_papers_are_counted_by_paper_and_verdict(two_papers):
    assert two_papers.splitlines()[:4] == [
        "| paper | forms | ✓ CONFIRMED | ✕ REFUTED |",
        "|---|---|---:|---:|",
        "| On depth (2020) | of the claim itself | 2 | 1 |",
        "| On width (2020) | of the claim itself | 0 | 1 |",
    ]


def test_the_claims_of_each_paper_are_folded_under_its_title(two_papers):
    _, depth, width = two_papers.split("<details>")

    assert depth.startswith("<summary>On depth (2020): 3 forms</summary>")
    assert (depth.count("`depth/"), depth.count("`width/")) == (3, 0)
    assert width.count("`width/") == 1


def test_the_claims_of_one_paper_are_not_folded(tmp_path):
    records = read_verdicts(folder(tmp_path, of_papers(depth=["REFUTED"])) / "verdicts.jsonl")

    assert "<details>" not in verdict_table(records)


def test_counts_are_apart_by_bearing_and_for_words_that_do_not_count_in_full(tmp_path):
    records = of_papers(depth=["CONFIRMED"] * 4, width=["REFUTED", "REFUTED"])
    records[1] |= {"provisional": True, "supports": False}
    records[2] |= {"qualifiers": ["vacuous"], "supports": False}
    records[3] |= {"bearing": "analogue"}
    records[5] |= {"bearing": "instance"}

    table = verdict_table(read_verdicts(folder(tmp_path, records) / "verdicts.jsonl"))

    assert table.splitlines()[:6] == [
        "| paper | forms | ✓ CONFIRMED | ✕ REFUTED | provisional | supports nothing |",
        "|---|---|---:|---:|---:|---:|",
        "| On depth (2020) | of the claim itself | 1 | 0 | 1 | 1 |",
        "| On depth (2020) | of an analogue in a small world | 1 | 0 | 0 | 0 |",
        "| On width (2020) | of the claim itself | 0 | 1 | 0 | 0 |",
        "| On width (2020) | of a smaller instance | 0 | 1 | 0 | 0 |",
    ]


def test_what_the_paper_asserts_stands_once_above_all_forms_of_a_claim(tmp_path):
    forms = [claim("a", case=case, sentence=f"Form {case}.") for case in "12"]

    text = summary(tmp_path, forms)

    assert text.count("Training towards a fixed norm") == 1
    assert text.index("Training towards") < text.index("Form 1.") < text.index("Form 2.")


def test_the_summary_lists_the_words_that_were_withheld_by_reason(tmp_path):
    text = summary(tmp_path, every_kind_of_record())

    assert "## Words withheld: 2 forms" in text
    for reason in ("rule “power”", "rule “regime”", "outside the regime"):
        assert f"* {reason}, 1 form: `liu2020bad/augmentation · " in text


def test_a_reason_names_six_forms_and_counts_the_others(tmp_path):
    failing = [claim(f"c{i}", status="error", verdict=None, evidence=None) for i in range(9)]

    (line,) = [ln for ln in summary(tmp_path, failing).split("\n") if ln.startswith("* Ended")]

    assert line.count("goldblum2020truth/") == 6
    assert line.endswith(" and 3 more")
