"""The paper. The numbers that it prints stand in `fitted_lines` and beside their claims."""

from claims.liao2020puzzles.findings import BESIDE, FINDINGS
from dltheory.verdicts import Paper

PAPER = Paper(
    key="liao2020puzzles",
    title="Generalization Puzzles in Deep Networks",
    authors="Liao et al. (anonymous in this version)",
    venue="under review at ICLR",
    year=2020,
    version="submission",
    findings=FINDINGS,
    beside=BESIDE,
)
