"""What the paper concludes, by its abstract and introduction, and the claims that bear on it."""

from dltheory.verdicts import Beside, Finding

FINDINGS = (
    Finding(
        name="confusion-slows-sgd",
        conclusion="Where gradient confusion is low SGD converges fast, with constant rates too; "
        "high confusion may slow it down.",
        locator="Abstract; contributions, first point; §§2 and 3",
        claims=(
            "pl-convergence",
            "stationary",
            "orthogonal-data",
            "overparametrised-regression",
            "low-rank-hessian",
            "near-orthogonal",
            "variance-counterexample",
            "confusion-speed",
        ),
        picture="confusion-speed",
    ),
    Finding(
        name="depth-raises-confusion-proved",
        conclusion="It is proved that gradient confusion grows with the depth of a network.",
        locator="Contributions, second point (a); §4, Theorem 4.1",
        claims=("depth-theory", "lemma-d1"),
        picture="depth-theory",
    ),
    Finding(
        name="width-lowers-confusion-proved",
        conclusion="It is proved that at initialisation wider networks have lower gradient "
        "confusion.",
        locator="Contributions, second point (b); §4",
        claims=("width-theory",),
        picture="width-theory",
    ),
    Finding(
        name="depth-in-experiments",
        conclusion="In experiments deeper networks train to a higher loss, with more confused "
        "gradients: MLPs, CNNs and wide ResNets without batch normalisation.",
        locator="Abstract; contributions, third point; §5, Appendix A",
        claims=("depth-mlp", "depth-cnn"),
        picture="depth-mlp",
    ),
    Finding(
        name="width-in-experiments",
        conclusion="In experiments wider networks train more easily, to a lower loss and with "
        "less confused gradients.",
        locator="Abstract; contributions, third point; §5, Appendix A",
        claims=("width-mlp", "width-cnn"),
        picture="width-mlp",
    ),
    Finding(
        name="normalisation-and-skips",
        conclusion="Batch normalisation and skip connections lower gradient confusion, which "
        "helps to train very deep networks.",
        locator="Abstract; contributions, third point; §5",
        claims=("bn-skip",),
        picture="bn-skip",
    ),
    Finding(
        name="both-in-other-settings",
        conclusion="The effects of depth and width hold consistently, also on CIFAR-100 and in "
        "wide ResNets.",
        locator="Contributions, third point; Appendix A.4 and A.5",
        claims=("cifar100", "wrn"),
        picture="wrn",
    ),
)

BESIDE = (
    Beside(claim="batch-scaling", because="a remark on minibatches in §2"),
    Beside(
        claim="confusion-audit", because="whether counts of parameters, images and epochs add up"
    ),
)
