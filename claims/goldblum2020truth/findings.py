"""What the paper concludes, by its abstract and introduction, and the claims that bear on it."""

from dltheory.verdicts import Beside, Finding

FINDINGS = (
    Finding(
        name="bad-minima-exist",
        conclusion="The losses of MLPs have suboptimal local minima in general: they inherit the "
        "minima of linear classifiers.",
        locator="Abstract (1); §1, first point; §2, Theorem 1",
        claims=(
            "theorem-1",
            "theorem-1-rank-s",
            "lemma-1",
            "lemma-1-open",
            "cnn-expression",
            "symmetry",
            "deep-linear",
        ),
        picture="theorem-1",
    ),
    Finding(
        name="bad-minima-found",
        conclusion="From starts that the theory suggests, training ends in highly suboptimal local "
        "minima of realistic losses.",
        locator="Abstract (1); §1, first point; §2, Table 1",
        claims=(
            "big-bias-trapped",
            "lemma-1-trapped",
            "lemma-1-row",
            "zero-stuck",
            "momentum-escapes",
            "uniform-10-plain",
            "curvature",
            "curvature-before",
            "sharp",
            "table-1-audit",
        ),
        picture="big-bias-trapped",
    ),
    Finding(
        name="large-norm-works",
        conclusion="Regularisation towards a norm that is not zero still works: networks "
        "generalise no worse than with weight decay.",
        locator="§1, second point; §3, Tables 2 and 3",
        claims=(
            "norm-bias-no-worse",
            "norm-bias-no-worse-in-print",
            "fixed-norm-no-worse",
            "negative-decay",
        ),
        picture="norm-bias-no-worse",
    ),
    Finding(
        name="small-norm-not-optimal",
        conclusion="Parameters of small norm are not optimal for generalisation: a larger norm "
        "can even measurably improve on weight decay.",
        locator="Abstract (2); §1, second point; §3",
        claims=("norm-bias-better", "norm-bias-audit", "interior-norm"),
        picture="interior-norm",
    ),
    Finding(
        name="ntk-simple-networks",
        conclusion="What theory says of tangent kernels of wide networks may apply to some MLPs "
        "and basic ConvNets: the wider, the less training changes the kernel.",
        locator="§1, third point; §4, Fig. 1",
        claims=(
            "ntk-mlp",
            "ntk-conv",
            "ntk-depth",
        ),
        picture="ntk-mlp",
    ),
    Finding(
        name="resnets-differ",
        conclusion="ResNets do not conform to theories of wide networks: the trend of the kernel "
        "reverses, and skips together with batch normalisation are critical for that.",
        locator="Abstract (3); §1, third point; §4, Fig. 1",
        claims=(
            "ntk-wrn-reversal",
            "ntk-bn-skip",
            "ntk-removal-no-recovery",
            "parameter-change",
        ),
        picture="ntk-wrn-reversal",
    ),
    Finding(
        name="rank-and-accuracy",
        conclusion="In a practical setting rank does not go with generalisation: pushing the "
        "rank up often does better than pushing it down.",
        locator="Abstract (4); §1, fourth point; §5",
        claims=(
            "rank-high-often-better",
            "rank-uncorrelated",
            "rank-similar",
            "rank-accuracy",
            "rank-harmless-audit",
            "rank-controlled",
            "rank-at-init",
            "adv-not-low-rank",
        ),
        picture="rank-accuracy",
    ),
    Finding(
        name="rank-and-robustness",
        conclusion="Low rank does not make networks robust: they are often less robust than the "
        "baseline, or even than networks of deliberately high rank.",
        locator="Abstract (4); §1, fourth point; §5, Table 4",
        claims=(
            "rank-order-often",
            "rank-order",
            "rankmin-below-adv",
            "rankmax-robust",
            "rankmax-above-adv",
            "rankmax-small-eps",
            "natural-not-robust",
            "rank-audit",
        ),
        picture="rankmax-robust",
    ),
)

BESIDE = (
    Beside(
        claim="ntk-infinite",
        because="the theory of wide networks itself, from other work",
    ),
    Beside(
        claim="ntk-training-constant",
        because="the theory of wide networks itself, from other work",
    ),
    Beside(
        claim="ntk-linearised",
        because="the theory of wide networks itself, from other work",
    ),
    Beside(
        claim="ntk-early",
        because="an observation on how kernels change, which the conclusions do not need",
    ),
    Beside(
        claim="ntk-norm-rises",
        because="an observation on how kernels change, which the conclusions do not need",
    ),
    Beside(
        claim="ntk-rescaling",
        because="an observation on how kernels change, which the conclusions do not need",
    ),
    Beside(
        claim="ntk-rescaling-almost-all",
        because="an observation on how kernels change, which the conclusions do not need",
    ),
    Beside(
        claim="ntk-mlp-drop",
        because="an observation on how kernels change, which the conclusions do not need",
    ),
    Beside(
        claim="ntk-conv-alike",
        because="an observation on how kernels change, which the conclusions do not need",
    ),
    Beside(
        claim="kernel-scale",
        because="an observation on how kernels change, which the conclusions do not need",
    ),
    Beside(
        claim="ntk-images",
        because="whether the images that are drawn matter for the measurement",
    ),
    Beside(
        claim="performance-without-stability",
        because="what follows for performance, by the end of §4",
    ),
    Beside(claim="ce-ceiling", because="our own check of what Table 1 can mean, not the paper’s"),
    Beside(
        claim="lemma-1-at-least-c",
        because="a slip in a proof, whose conclusion does not need it",
    ),
    Beside(claim="power-steps", because="a method of measuring eigenvalues"),
    Beside(claim="conv-svd", because="a method of measuring singular values, from other work"),
    Beside(claim="r0-is-decay", because="what the penalty is, not what it gains"),
    Beside(claim="norm-pinned", because="what the penalty does, not what it gains"),
    Beside(claim="norm-pinned-in-print", because="what the penalty does, not what it gains"),
    Beside(claim="norm-bias-text", because="how exactly the text repeats its own tables"),
    Beside(claim="decay-helps", because="that weight decay helps is where the paper starts from"),
    Beside(
        claim="decay-often-significant",
        because="that weight decay helps is where the paper starts from",
    ),
    Beside(claim="fixup-collapse", because="a remark on one architecture"),
    Beside(claim="fixup-normalisation", because="a remark on one architecture"),
    Beside(claim="rank-audit-recipes", because="where the numbers of the two versions come from"),
)
