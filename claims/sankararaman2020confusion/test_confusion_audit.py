"""What the paper states of its own experiments, checked by arithmetic (§5, A.1).

parameters   MLP-300-10 has more parameters than 50,000 training points. With β + 1 matrices
             and biases it has 784 ℓ + ℓ + 299 (ℓ² + ℓ) + 10 ℓ + 10 = 40,850 at ℓ = 10;
ratio        MLP-300-30 has nearly three times the parameters of MLP-3-100: no more than three,
             and at least 2.7. It has 3.03 times as many with biases and 2.95 times as many weights,
             and the statement stands if it holds in one of the two readings;
split        the split 40,000 + 10,000 + 10,000 is that of MNIST: MNIST has 70,000 images;
epochs       40,000 steps of 128 are more than 100 epochs: on 50,000 images, what is left of
             MNIST's training images after 10,000 for validation, and the more so on 40,000.

The strongest objections: of `parameters`, that another way of counting passes 50,000. With β
matrices of ℓ × ℓ in place of β − 1 there are 40,960, with three channels of 28 × 28 pixels 56,530;
MNIST has one. The point of the sentence, a network with more parameters than images, fails with it.
Of `split`, that CIFAR's split is meant; but the sentence names MNIST's, and the 50,000 training
points of `parameters` fit neither.
"""

from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, Verdict, holds, table

from .paper import PAPER, STATED
from .recipes import mlp_parameters, mlp_weights

CLAIM = Claim(
    paper=PAPER,
    row="confusion-audit",
    locator="§5, appendix A.1",
    statement="What the paper states of its networks, splits and epochs adds up.",
    kind="audit",
    formula="parameters, images and epochs by arithmetic",
    estimand="the number computed, less the number stated, with the sign in which it is claimed",
    unit="relative to the number stated",
    refuted_if="the arithmetic is off by more than rounding of the stated number",
)

COUNTED = mlp_parameters(10, 300, 784)
WIDER = {
    "with biases": mlp_parameters(30, 300, 784) / mlp_parameters(100, 3, 784),
    "weights alone": mlp_weights(30, 300, 784) / mlp_weights(100, 3, 784),
}
IMAGES, TRAINING, VALIDATION, BATCH = 70_000, 60_000, 10_000, 128


def form(sentence, expected: Verdict = "CONFIRMED", reason=""):
    """An audit; it trains nothing."""
    return Form(
        sentence=sentence,
        bearing="claim",
        criterion=Criterion(
            null=-0.0005,
            because="a statement holds or does not; half a thousandth is left to rounding",
            expected=expected,
            expected_reason=reason,
        ),
    )


CASES = {
    "parameters": form(
        "As stated in A.1, MLP-300-10 has more than 50,000 parameters.",
        "REFUTED",
        "MLP-300-10 has 40,850 parameters, fewer than 50,000",
    ),
    "ratio": form(
        "As stated in A.1, MLP-300-30 has almost three times the parameters of MLP-3-100, counted "
        "with biases or without."
    ),
    "split": form(
        "As stated in A.1, parts of 40,000, 10,000 and 10,000 images are a split of MNIST.",
        "REFUTED",
        "the parts sum to 60,000; MNIST has 70,000 images",
    ),
    "epochs": form("As stated in A.1, 40,000 steps of 128 images are more than 100 epochs."),
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
        margins = [min(1 - ratio / float(stated), ratio / 2.7 - 1) for ratio in WIDER.values()]
        return f"almost {stated}", _listed(WIDER), max(margins)
    if name == "split":
        total = sum(map(int, STATED["split"]))
        return " + ".join(STATED["split"]), IMAGES, -abs(total / IMAGES - 1)
    epochs = int(STATED["steps"]) * BATCH / (TRAINING - VALIDATION)
    return f"more than {STATED['epochs exceeded']}", epochs, epochs / 100 - 1


def _listed(readings):
    return ", ".join(f"{ratio:.3f} {reading}" for reading, ratio in readings.items())
