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
            "minimiser-cauchy-schwarz",
            "confusion-speed",
        ),
        picture="confusion-speed",
    ),
    Finding(
        name="depth-raises-confusion-proved",
        conclusion="It is proved that gradient confusion grows with the depth of a network.",
        locator="Contributions, second point (a); §4, Theorem 4.1",
        claims=("depth-theory", "lemma-d1", "expected-confusion"),
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
        claims=(
            "depth-mlp",
            "depth-cnn",
            "convergence-speed · cnn-depth",
            "convergence-speed · identity-depth",
            "convergence-speed · tanh-depth",
            "confusion-during · depth",
            "confusion-during · depth-late",
            "test-accuracy · depth",
            "tanh-untrainable",
        ),
        picture="depth-mlp",
    ),
    Finding(
        name="width-in-experiments",
        conclusion="In experiments wider networks train more easily, to a lower loss and with "
        "less confused gradients.",
        locator="Abstract; contributions, third point; §5, Appendix A",
        claims=(
            "width-mlp",
            "width-cnn",
            "convergence-speed · cnn-width",
            "convergence-speed · identity-width",
            "convergence-speed · tanh-width",
            "confusion-during · width",
            "confusion-during · width-late",
            "test-accuracy · width",
        ),
        picture="width-mlp",
    ),
    Finding(
        name="normalisation-and-skips",
        conclusion="Batch normalisation and skip connections lower gradient confusion, which "
        "helps to train very deep networks.",
        locator="Abstract; contributions, third point; §5",
        claims=("bn-skip", "test-accuracy · kept", "test-accuracy · cifar100-kept"),
        picture="bn-skip",
    ),
    Finding(
        name="both-in-other-settings",
        conclusion="The effects of depth and width hold consistently, also on CIFAR-100 and in "
        "wide ResNets.",
        locator="Contributions, third point; Appendix A.4 and A.5",
        claims=(
            "cifar100",
            "wrn",
            "convergence-speed · cifar100-depth",
            "convergence-speed · cifar100-width",
            "convergence-speed · wrn-depth",
            "convergence-speed · wrn-width",
        ),
        picture="wrn",
    ),
)

BESIDE = (
    Beside(claim="batch-scaling", because="a remark on minibatches in §2"),
    Beside(claim="width-diminishing", because="said of some cases in A.5"),
    Beside(
        claim="confusion-audit", because="whether counts of parameters, images and epochs add up"
    ),
)
