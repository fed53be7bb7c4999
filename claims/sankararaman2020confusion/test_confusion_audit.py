"""What the paper states of its own experiments, checked by arithmetic (§5, A.1, A.2).

parameters   MLP-300-10 has more parameters than 50,000 training points. With β + 1 matrices
             and biases it has 784 ℓ + ℓ + 299 (ℓ² + ℓ) + 10 ℓ + 10 = 40,850 at ℓ = 10;
ratio        MLP-300-30 has nearly three times the parameters of MLP-3-100: no more than three,
             and at least 2.7;
split        the split 40,000 + 10,000 + 10,000 is that of MNIST: MNIST has 70,000 images;
epochs       40,000 steps of 128 are more than 100 epochs: on 50,000 images, what is left of
             MNIST's training images after 10,000 for validation;
pairs        “100 pairs of minibatches” and “100 minibatches” are one measurement. 100
             minibatches have 4,950 pairs, and the lowest of 4,950 cosines is lower.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, Verdict, holds, table

from .architecture_trends import lowest_at_random
from .paper import PAPER, STATED
from .recipes import mlp_parameters

CLAIM = Claim(
    paper=PAPER,
    row="confusion-audit",
    locator="§5, appendices A.1 and A.2",
    statement="What the paper states of its networks, splits and measurements adds up.",
    kind="audit",
    formula="parameters, images, epochs and pairs by arithmetic",
    estimand="the number computed, less the number stated, with the sign in which it is claimed",
    unit="relative to the number stated",
    refuted_if="the arithmetic is off by more than rounding of the stated number",
)

COUNTED = mlp_parameters(10, 300, 784)
WIDER = mlp_parameters(30, 300, 784) / mlp_parameters(100, 3, 784)
IMAGES, TRAINING, VALIDATION, BATCH = 70_000, 60_000, 10_000, 128


def form(expected: Verdict = "CONFIRMED", reason="", null=-0.0005):
    """An audit; it trains nothing."""
    return Form(
        criterion=Criterion(
            null=null,
            because="a statement holds or does not; half a thousandth is left to rounding",
            licenses="A statement on printed numbers alone; it says nothing on networks.",
            expected=expected,
            expected_reason=reason,
        )
    )


CASES = {
    "parameters": form("REFUTED", "MLP-300-10 has 40,850 parameters, fewer than 50,000"),
    "ratio": form("REFUTED", "301,930 are 3.03 times 99,710, not almost three times"),
    "split": form("REFUTED", "the parts sum to 60,000; MNIST has 70,000 images"),
    "epochs": form(),
    "pairs": form("REFUTED", "the lowest cosine of 4,950 pairs is lower than of 100 by a third"),
}


@claim(CLAIM, static=CASES)
def test_what_the_paper_states_of_its_experiments_adds_up(judge, case_name):
    stated, computed, margin = _audit(case_name)
    judge(
        worst_case([margin], method="arithmetic"),
        controls=[
            holds(
                "the arithmetic can confirm",
                expectation="MLP-3-100 counted layer by layer has 99,710 parameters",
                observed=f"{mlp_parameters(100, 3, 784):,}",
                held=mlp_parameters(100, 3, 784)
                == 784 * 100 + 100 + 2 * (100 * 100 + 100) + 100 * 10 + 10,
            )
        ],
        plots=[],
        tables=[table(case_name, ["stated", "computed"], [[stated, computed]])],
    )


def _audit(name):
    """(stated, computed, margin): the margin is at least 0 where the statement holds."""
    if name == "parameters":
        stated = STATED["training points that MLP-300-10 exceeds in parameters"]
        return stated, COUNTED, COUNTED / float(stated) - 1
    if name == "ratio":
        stated = STATED["MLP-300-30 over MLP-3-100, in parameters"]
        return f"almost {stated}", WIDER, min(1 - WIDER / float(stated), WIDER / 2.7 - 1)
    if name == "split":
        total = sum(map(int, STATED["split"]))
        return " + ".join(STATED["split"]), IMAGES, -abs(total / IMAGES - 1)
    if name == "epochs":
        epochs = int(STATED["steps"]) * BATCH / (TRAINING - VALIDATION)
        return f"more than {STATED['epochs exceeded']}", epochs, epochs / 100 - 1
    m = int(STATED["minibatches"])
    few, many = (lowest_at_random(10_000, n) for n in (int(STATED["pairs"]), m * (m - 1) // 2))
    return f"{STATED['pairs']} pairs", f"{m * (m - 1) // 2} pairs", -abs(many / few - 1)
