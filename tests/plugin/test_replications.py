"""`--replicate`: words on fresh seeds beside what the cards promised."""

import json

from dltheory.plugin.replication import first_seed_of, table

CLAIMS = """
@claim(said("is-large"), fast=drawn(9.0))
def test_is_large(measured, judge):
    judge(mean(measured("value")["a"]))

@claim(said("is-printed"), static=Form(criterion=Criterion(because="made up")))
def test_is_printed(judge):
    judge(worst_case([1.0]))
"""


def test_a_form_is_judged_on_blocks_and_an_audit_is_left_out(project):
    project.claims(CLAIMS)

    out = project.pytest("-rs", "-m", "fast or static", "--replicate=2", "--out=again")

    (line,) = [json.loads(x) for x in (project.folder / "again/replication.jsonl").open()]
    assert (line["claim"].rpartition("/")[2], len(line["words"])) == ("is-large", 2)
    assert "left out, since it runs nothing on seeds" in out.out
    assert "2 of 2 words returned" in out.out or "became" in out.out


def line(promised, verdict, words):
    return {
        "claim": "p/row", "case": "", "tier": "fast", "bearing": "claim", "verdict": verdict,
        "promised": promised, "gates": False, "words": words,
    }  # fmt: skip


def test_words_are_counted_against_promises_by_stability():
    rows = table(
        [
            line(0.9, "CONFIRMED", ["CONFIRMED"] * 3 + ["INCONCLUSIVE"]),
            line(0.6, "REFUTED", ["REFUTED", "LOST", "REFUTED", "CONFIRMED"]),
            line(None, "CONFIRMED", ["CONFIRMED"] * 4),
        ]
    )

    assert (
        "stability 0.8 to 0.95: 3 of 4 words returned, promised 3.6 (standard deviation 0.6)"
        in ("\n".join(rows))
    )
    assert "in all: 5 of 8 words returned, promised 6.0 (standard deviation 1.1), 2 forms" in rows


def test_blocks_of_seeds_do_not_meet():
    starts = [first_seed_of(block, 0, 24) for block in range(3)]

    assert starts == [1000, 1100, 1200]
    assert [first_seed_of(block, 0, 300) for block in range(2)] == [1000, 1300]
