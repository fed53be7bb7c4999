"""The paper. Its figures give no numbers; what is known of them is their direction."""

from dltheory.verdicts import Paper

PAPER = Paper(
    key="sankararaman2020confusion",
    title="The Effect of Neural Net Architecture on Gradient Confusion & Training Performance",
    authors="Sankararaman, De, Xu, Huang, Goldstein (anonymous in this version)",
    venue="under review at ICLR",
    year=2020,
    version="submission",
)
