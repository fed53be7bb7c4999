"""Fixup networks without a penalty end at chance at a learning rate of 0.1 (§3; Tables 3 and 8).

    P( test accuracy ≤ 1/C + 5 % )  >  1/2     over initialisations and batch orders.

The printed cells are 10.00 ± 0.00 and 1.000 ± 0.00: exactly chance in each of ten runs. That is
what a network scores whose logits are not numbers any more, so a run that diverges counts as one
that ends at chance.

The small world decides the answer at 0.1, and pilots tried several. With two blocks one run of ten
collapsed; with six blocks two of three did on 1000 digits, and none of four on 500 digits in
batches of 25. At 0.01 none of these networks learns much in so few steps, so the slower arm of the
small forms is the paper's own rate. Neither small form says anything of ResNet-20.
"""

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, success_rate
from dltheory.training import WeightDecay
from dltheory.verdicts import Claim, Criterion, shown, table

from .fixup import DIGITS_FIXUP, LARGE_RATE, PAPERS_RATE, SMALL_RATE, without_penalty
from .norm_bias_rows import SETTINGS
from .paper import PAPER
from .recipes import ACCURACY, DECAY

CLAIM = Claim(
    paper=PAPER,
    row="fixup-collapse",
    locator="§3, Tables 3 and 8",
    statement="A Fixup network without a penalty learns nothing at a learning rate of 0.1.",
    kind="rate",
    formula="P[acc ≤ 1/C + 0.05] > 1/2",
    estimand="share of runs that end within 5 points of chance",
    unit="share of runs",
    refuted_if="certainly fewer than half of the runs end at chance",
)

UNPENALISED, SLOWER, FASTER = "no penalty", "no penalty, slower", "no penalty, three times as fast"
WITHIN = 0.05
HALF = "the rule rather than the exception; the paper prints ten runs of ten"

SMALL_RUNS = {rate: without_penalty(DIGITS_FIXUP, rate) for rate in (PAPERS_RATE, LARGE_RATE)}
PENALISED = DIGITS_FIXUP.but(penalty=WeightDecay(coefficient=0.001))  # at the paper's rate
WORLD = "a Fixup network of two blocks with 8 and 16 filters on 1000 digits instead of CIFAR"
SMALL = "Fixup networks of two blocks on 1,000 digits, without a penalty,"
LEARNS = "with weight decay the network learns: mean accuracy above one half"


def small(arms):
    """Arms of the small world."""
    return Experiment(arms=arms, seeds=LOOKS, first_seed=FIRST_SEED, measure=(ACCURACY,))


PAPERS = Form(
    sentence=f"{SMALL} end within 5 points of chance in more than half of runs at a learning rate "
    "of 0.1.",
    bearing="analogue",
    may_diverge=(UNPENALISED, FASTER),
    experiment=small(
        {
            UNPENALISED: SMALL_RUNS[PAPERS_RATE],
            FASTER: SMALL_RUNS[LARGE_RATE],
            DECAY: PENALISED,
        }
    ),
    criterion=Criterion(
        null=0.5,
        power_at=0.9,
        because=HALF,
        expected="REFUTED",
        expected_reason="at 0.1 nine of ten pilots learnt: a network so small is stable there",
        deviations=(WORLD,),
    ),
)
LARGE = Form(
    sentence=f"{SMALL} end within 5 points of chance in more than half of runs at a learning rate "
    "of 0.3.",
    bearing="analogue",
    may_diverge=(UNPENALISED,),
    experiment=small(
        {
            UNPENALISED: SMALL_RUNS[LARGE_RATE],
            SLOWER: SMALL_RUNS[PAPERS_RATE],
            DECAY: PENALISED,
        }
    ),
    criterion=Criterion(
        null=0.5,
        power_at=0.9,
        because=HALF,
        deviations=(WORLD, "a learning rate of 0.3 instead of 0.1"),
    ),
)


def _full(name):
    """A row that prints chance: without penalty, slower, and with weight decay."""
    row = SETTINGS[name]
    return Form(
        sentence=f"The networks of {row.printed.name}, without a penalty, end within 5 points of "
        "chance in more than half of runs at a learning rate of 0.1.",
        regime=(LEARNS,),
        may_diverge=(UNPENALISED,),
        experiment=Experiment(
            arms={
                UNPENALISED: row.training,
                SLOWER: without_penalty(row.training, SMALL_RATE),
                DECAY: row.decayed(row.decay),
            },
            seeds=10,
            measure=(ACCURACY,),
        ),
        criterion=Criterion(
            null=0.5,
            power_at=0.9,
            because=HALF,
            deviations=row.deviations,
        ),
    )


FULL = {name: _full(name) for name in ("fixup20", "fixup20-cifar100")}


@claim(CLAIM, fast={"small": PAPERS, "small-fast": LARGE}, full=FULL)
def test_fixup_networks_without_penalty_end_at_chance(measured, judge, tier, case_name):
    row = SETTINGS[case_name] if tier == "full" else None
    chance = 1 / row.training.data.classes if row else 0.1
    found = measured("accuracy on test", worst=0.0)
    accuracy = {arm: np.where(values == 0.0, chance, values) for arm, values in found.items()}
    collapsed = {arm: values <= chance + WITHIN for arm, values in accuracy.items()}
    shares = {arm: success_rate(list(c)) for arm, c in collapsed.items()}

    judge(
        shares[UNPENALISED],
        controls=_controls(accuracy, shares, SLOWER if row else DECAY),
        regime=[shown(LEARNS, mean(accuracy[DECAY]), above=0.5)] if row else [],
        mutants={f"the runs {arm}": shares[arm] for arm in (SLOWER, DECAY) if arm in shares},
        tables=[_table(accuracy, collapsed, row)],
    )


def _controls(accuracy, shares, tamed):
    """The recipe learns where it is slower or penalised, and it can be seen to collapse at all."""
    learns = shown(
        f"it can learn: mean accuracy of “{tamed}” above one half",
        mean(accuracy[tamed]),
        above=0.5,
        when_failed="vacuous",
    )
    if FASTER not in shares:
        return [learns]
    seen = "a collapse can be seen: three times as fast, most runs end at chance"
    return [learns, shown(seen, shares[FASTER], above=0.5)]


def _table(accuracy, collapsed, row):
    printed = {}
    if row is not None:
        cells = {UNPENALISED: row.printed.no_decay, DECAY: row.printed.decay}
        printed = {arm: f"{cell.mean} ± {cell.error}" for arm, cell in cells.items()}
    rows = [
        [arm, f"{c.sum()} of {len(c)}", round(100 * float(np.mean(accuracy[arm])), 2)]
        + [printed.get(arm, "–")] * (row is not None)
        for arm, c in collapsed.items()
    ]
    columns = ["arm", "at chance", "mean accuracy in percent", *(["printed"] if row else [])]
    return table("Runs that end at chance; a diverged run counts as chance", columns, rows)
