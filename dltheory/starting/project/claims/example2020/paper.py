"""The paper, and what it prints.

REPLACE: everything. Printed numbers are kept as strings, since their digits say how they were
rounded.
"""

from dltheory import Beside, Finding, Paper

PAPER = Paper(
    key="example2020",
    title="An example",
    authors="First author, second author",
    venue="Venue",
    year=2020,
    version="preprint",
    findings=(
        Finding(
            name="decay-shrinks-weights",
            conclusion="Weight decay leaves smaller weights, and draws have the stated size.",
            locator="Abstract",
            claims=("decay-shrinks", "mean-square"),
        ),
    ),
    beside=(Beside(claim="counts-audit", because="whether printed counts add up"),),
)

TABLE_1 = {
    "MLP": {"parameters": "1210", "layers": ((64, 16), (16, 10))},
    "wide MLP": {"parameters": "4810", "layers": ((64, 64), (64, 10))},
}
"""Printed parameter counts, and the shapes of the layers that the text gives."""
