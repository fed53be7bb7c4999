"""The paper, and the few numbers that it prints in its text."""

from dltheory.verdicts import Paper

PAPER = Paper(
    key="liao2020puzzles",
    title="Generalization Puzzles in Deep Networks",
    authors="anonymous in this version (later Liao, Miranda, Rosasco, Banburski, Liang, Hidary, "
    "Poggio)",
    venue="under review at ICLR",
    year=2020,
    version="submission",
)
