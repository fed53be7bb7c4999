"""The version of the paper that was under review; only what differs from the published one."""

from claims.goldblum2019truth.findings import FINDINGS
from dltheory.verdicts import Paper

PAPER = Paper(
    key="goldblum2019truth",
    title="Truth or Backpropaganda? An Empirical Investigation of Deep Learning Theory",
    authors="Goldblum, Geiping, Schwarzschild, Moeller, Goldstein (anonymous in this version)",
    venue="under review at ICLR",
    year=2019,
    version="submission",
    findings=FINDINGS,
)
