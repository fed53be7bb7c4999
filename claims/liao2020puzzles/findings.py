"""What the paper concludes, by its abstract and introduction, and the claims that bear on it."""

from dltheory.verdicts import Beside, Finding

FINDINGS = (
    Finding(
        name="normalised-loss-predicts",
        conclusion="Measured by the cross-entropy of networks that are normalised by layer, "
        "training predicts testing: the test loss is tightly predicted by the training loss.",
        locator="Abstract; §1, Fig. 2",
        claims=("normalised-linear",),
        picture="normalised-linear",
    ),
    Finding(
        name="however-made",
        conclusion="The relation is the same however the networks are made and measured: by "
        "initial scale or pretraining, any loss reached, any norm, and for ResNets.",
        locator="§1, Fig. 2; §3 and Appendix",
        claims=("any-init", "any-norm", "any-loss", "resnet-one-image"),
        picture="any-init",
    ),
    Finding(
        name="plain-loss-does-not",
        conclusion="Without normalisation there is no clear relation of training and test loss.",
        locator="§1, Fig. 2a",
        claims=("unnormalised-unrelated",),
        picture="unnormalised-unrelated",
    ),
    Finding(
        name="random-labels-too",
        conclusion="The normalised training loss tells even that a network trained on random "
        "labels tests at chance: it lies near the same line.",
        locator="§1, Fig. 2b",
        claims=("random-label-point", "zhang"),
        picture="random-label-point",
    ),
    Finding(
        name="ranks-test-errors",
        conclusion="The normalised training loss approximately predicts the test error, at least "
        "in ranking networks.",
        locator="§1, Figs 2 and 4b",
        claims=(
            "train-predicts-test-error",
            "test-loss-ranks-error",
            "norms-rank-test-loss",
            "inverse-margin",
            "norm-product-test",
        ),
        picture="train-predicts-test-error",
    ),
    Finding(
        name="classical-theory-holds",
        conclusion="No drastically new theory is needed: the gap of normalised losses closes as "
        "the sample grows, and more parameters do not overfit.",
        locator="Abstract; §1, Fig. 1; §2",
        claims=("gap-shrinks", "classification-gap", "no-overfit"),
        picture="gap-shrinks",
    ),
    Finding(
        name="normalising-is-harmless",
        conclusion="Normalising changes the loss and not the classes, since a ReLU network is the "
        "product of its norms times a network of norm one.",
        locator="§§1 and 2",
        claims=(
            "homogeneity",
            "same-class",
            "softmax-logistic",
            "loss-falls-with-rho",
            "rademacher-homogeneous",
        ),
        picture="homogeneity",
    ),
    Finding(
        name="slope-one",
        conclusion="The relation of the normalised losses has slope one and a small offset.",
        locator="§1, Fig. 2; §2; lines of Figs 9 to 16",
        claims=("counts-captions-audit · slope-one", "counts-captions-audit · intercepts"),
    ),
)

BESIDE = (
    Beside(claim="near-zero", because="why normalised losses lie near ln C"),
    Beside(claim="big-init-hurts", because="how networks of different test errors are made"),
    Beside(claim="corruption-hurts", because="how networks of different test errors are made"),
    Beside(claim="loss-bounds-error", because="why losses are looked at, not what they tell"),
    Beside(claim="norms-grow", because="why losses need to be normalised"),
    Beside(claim="softmax-sign", because="a sign in a printed formula"),
    Beside(claim="better-monitor", because="a use that §4 suggests"),
    Beside(claim="stop-by-normalised", because="a use that §4 suggests"),
    Beside(claim="counts-captions-audit · fig-1", because="whether printed counts add up"),
    Beside(claim="counts-captions-audit · mnist", because="whether printed counts add up"),
    Beside(claim="counts-captions-audit · captions", because="whether two captions agree"),
    Beside(claim="counts-captions-audit · counts", because="whether printed counts add up"),
)
