"""The paper. Its figures give no numbers; what is known of them is their direction."""

from claims.sankararaman2020confusion.findings import BESIDE, FINDINGS
from dltheory.verdicts import Paper

PAPER = Paper(
    key="sankararaman2020confusion",
    title="The Effect of Neural Net Architecture on Gradient Confusion & Training Performance",
    authors="Sankararaman, De, Xu, Huang, Goldstein (anonymous in this version)",
    venue="under review at ICLR",
    year=2020,
    version="submission",
    findings=FINDINGS,
    beside=BESIDE,
)

STATED = {
    "training points that MLP-300-10 exceeds in parameters": "50000",  # A.1
    "MLP-300-30 over MLP-3-100, in parameters": "3",  # A.1, “almost three times”
    "split": ("40000", "10000", "10000"),  # A.1, of MNIST too
    "steps": "40000",  # A.1
    "epochs exceeded": "100",  # A.1, “more than 100 epochs”
}
