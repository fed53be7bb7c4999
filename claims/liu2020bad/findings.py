"""What the paper concludes, by its abstract and introduction, and the claims that bear on it."""

from dltheory.verdicts import Beside, Finding

FINDINGS = (
    Finding(
        name="bad-minima-reached",
        conclusion="Without explicit regularisation SGD is easily led to global minima that "
        "generalise poorly: it suffices to train on random labels first.",
        locator="Abstract; §1; §3.2",
        claims=(
            "adversarial-init-hurts",
            "memorise",
            "table-audit · fits",
            "toy",
            "degradation-up-to-40",
            "densenet-less",
            "replication",
            "replication-shape",
        ),
        picture="adversarial-init-hurts",
    ),
    Finding(
        name="regularisation-repairs",
        conclusion="With explicit regularisation and augmentation, a start on random labels does "
        "no harm: SGD ends at good minima.",
        locator="Abstract; §1; §3.2, Table 2",
        claims=("sota-recovers", "sota-fits", "toy", "setting-4-printed"),
        picture="sota-recovers",
    ),
    Finding(
        name="which-heuristics",
        conclusion="Augmentation, ℓ2 or momentum alone largely overcomes a bad start and falls "
        "short of a random one; with two of them the start does not matter.",
        locator="§1 (regularisation and augmentation); §3.5, Table 2",
        claims=(
            "each-heuristic",
            "each-heuristic-falls-short",
            "two-heuristics",
            "what-repairs",
            "table-audit · falls-short",
            "table-audit · irrelevant",
        ),
        picture="two-heuristics",
    ),
    Finding(
        name="bad-minima-complex",
        conclusion="The badly generalising models are of high complexity: larger norms, smaller "
        "margins, less robust to small changes.",
        locator="Abstract; §1, Fig. 1; §§3.6 and 3.7",
        claims=("norms", "fgsm", "sota-norms", "toy"),
        picture="toy",
    ),
    Finding(
        name="far-from-optima",
        conclusion="Regularisation acts on training far away from optima: vanilla SGD stays near "
        "a bad start, regularised SGD travels far from it.",
        locator="Abstract; §1; §3.3, Table 1",
        claims=(
            "distance-vanilla",
            "distance-sota",
            "speed",
            "table-audit · about-0.2",
            "table-audit · about-0.9",
            "table-audit · nearly-ten",
        ),
        picture="distance-vanilla",
    ),
)

BESIDE = (
    Beside(claim="copies", because="which recipe the printed accuracies belong to"),
    Beside(claim="table-audit · can-be", because="whether printed means are possible"),
    Beside(claim="table-audit · triangles", because="whether printed distances are possible"),
)
