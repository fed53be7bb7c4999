"""The paper. Its printed numbers stand in files named after their tables."""

from claims.liu2020bad.findings import BESIDE, FINDINGS
from dltheory.verdicts import Paper

PAPER = Paper(
    key="liu2020bad",
    title="Bad Global Minima Exist and SGD Can Reach Them",
    authors="Liu, Papailiopoulos, Achlioptas",
    venue="NeurIPS",
    year=2020,
    version="preprint",
    findings=FINDINGS,
    beside=BESIDE,
)
