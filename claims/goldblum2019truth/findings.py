"""What the version under review concludes, by abstract and introduction.

Two findings rest on claims of the published version, which asserts the same in the same words.
"""

from dltheory.verdicts import Finding

FINDINGS = (
    Finding(
        name="bad-minima-exist",
        conclusion="The losses of MLPs have suboptimal local minima in general: they inherit the "
        "minima of linear classifiers.",
        locator="§1, first point; §2, Theorem 1 (as in the published version)",
        claims=(
            "goldblum2020truth/theorem-1",
            "goldblum2020truth/theorem-1-rank-s",
            "goldblum2020truth/lemma-1",
            "goldblum2020truth/cnn-expression",
        ),
        picture="goldblum2020truth/theorem-1",
    ),
    Finding(
        name="large-norm-works",
        conclusion="Regularisation towards a norm that is not zero still works and can even "
        "measurably improve performance.",
        locator="§1, second point; §3 (as in the published version)",
        claims=("goldblum2020truth/norm-bias-no-worse", "goldblum2020truth/norm-bias-better"),
        picture="goldblum2020truth/norm-bias-no-worse",
    ),
    Finding(
        name="rank-and-robustness",
        conclusion="Low rank does not make networks robust: they are often less robust than the "
        "baseline, or even than networks of deliberately high rank.",
        locator="§1, third point; §5, Table 4",
        claims=(
            "rank-order",
            "rank-low-not-robust",
            "rank-little-role",
            "rank-audit",
            "rankmax-no-better",
        ),
        picture="rankmax-no-better",
    ),
    Finding(
        name="ntk-transfers",
        conclusion="What theory says of tangent kernels of wide networks may transfer to MLPs and "
        "basic ConvNets of realistic settings, best where they are extremely wide.",
        locator="§1, fourth point; §4, Fig. 1",
        claims=("ntk-transfers",),
        picture="ntk-transfers",
    ),
    Finding(
        name="resnets-differ",
        conclusion="The transfer does not reliably hold where practical networks live, and for "
        "ResNets the trend even reverses.",
        locator="§1, fourth point; §4, Fig. 1",
        claims=("ntk-resnet-falsified",),
        picture="ntk-resnet-falsified",
    ),
)
