"""Faults planted in the attacks, each seen by a closed form or by the plain loop."""

import pytest

from dltheory.attacks import ball, pgd
from tests.attacks.cases import check_closed_form, check_plain_loop
from tests.mutation import mutant


def pgd_with(faulty_ball):
    """The attack with another geometry; a copy whose types are not checked."""
    copy = mutant(pgd, "class Attacked(", "class Attacked(")
    copy.ball, copy.random_starts = faulty_ball.ball, faulty_ball.random_starts
    return copy.pgd


def test_a_copy_of_the_attack_without_a_fault_passes_every_check():
    attack = pgd_with(ball)

    check_closed_form(attack, "linf, std, box", random_start=True)
    check_closed_form(attack, "l2, std", random_start=True)
    check_plain_loop(attack, "linf", early_leave=True)
    check_plain_loop(attack, "linf", early_leave=False)


IN_THE_BALL = {
    "step downhill": ("x.add_(gradient.sign_()", "x.sub_(gradient.sign_()", "linf"),
    "no projection": (
        "x.clamp_(lowest, torch.minimum(self.centre + radius, self.high))",
        "x.clamp_(self.low, self.high)",
        "linf",
    ),
    "no box below": (
        "torch.maximum(self.centre - radius, self.low)",
        "self.centre - radius",
        "linf, box",
    ),
    "no box above": (
        "torch.minimum(self.centre + radius, self.high)",
        "self.centre + radius",
        "linf, box",
    ),
    "ε in input units": ("self.budget.epsilon / self.std\n", "self.budget.epsilon\n", "linf, std"),
    "ε times std": (
        "self.budget.epsilon / self.std\n",
        "self.budget.epsilon * self.std\n",
        "linf, std",
    ),
    "box in input units": ("high=(high - mean) / std", "high=high + 0 * std", "linf, std, box"),
    "no projection, l2": ("way.mul_(_over_pixels(shrink", "way.mul_(0 * _over_pixels(shrink", "l2"),
    "gradient per input unit": ("gradient.div_(self.std)", "gradient", "l2, std"),
    "gradient times std": ("gradient.div_(self.std)", "gradient.mul_(self.std)", "l2, std"),
    "radius in input units": ("sub_(self.centre).mul_(self.std)", "sub_(self.centre)", "l2, std"),
}


@pytest.mark.parametrize("fault", IN_THE_BALL)
def test_a_fault_in_the_ball_misses_the_closed_form(fault):
    healthy, faulty, name = IN_THE_BALL[fault]
    attack = pgd_with(mutant(ball, healthy, faulty))

    with pytest.raises(AssertionError):
        check_closed_form(attack, name, random_start=True)


STEPS_AND_STARTS = {
    "step not divided by std": ("self.budget.step / self.std", "self.budget.step", "linf, std"),
    "step not normalised": (
        "self.budget.step / _lengths(uphill,",
        "self.budget.step + 0 * _lengths(uphill,",
        "l2",
    ),
    "start not divided by std": (
        "draws.to(self.centre) / self.std",
        "draws.to(self.centre)",
        "l2, std",
    ),
    "start not in the box": ("torch.clamp(moved, self.low, self.high)", "moved", "linf"),
    "ℓ2 without a box": (".clamp_(self.low, self.high)", "", "l2"),
}


@pytest.mark.parametrize("fault", STEPS_AND_STARTS)
def test_a_fault_in_steps_or_starts_leaves_the_plain_loop(fault):
    healthy, faulty, name = STEPS_AND_STARTS[fault]
    attack = pgd_with(mutant(ball, healthy, faulty))

    with pytest.raises(AssertionError):
        check_plain_loop(attack, name, early_leave=True)


IN_THE_CLIMB = {  # each with the mode, early leave or not, in which it shows
    "early leave forgets whose images they are": (
        "chosen, near, y = chosen[stay]",
        "chosen, near, y = stay",
        True,
    ),
    "early leave keeps the old centres": (
        "near.at(stay), y",
        "near.at(torch.arange(len(stay))), y",
        True,
    ),
    "early leave keeps the old labels": (
        "near.at(stay), y[..., stay]",
        "near.at(stay), y[..., : len(stay)]",
        True,
    ),
    "the images themselves are not tried": (
        "if early_leave and budget.random_start",
        "if early_leave and not budget.random_start",
        True,
    ),
    "restarts forget whom they fooled": ("new = ~self.fooled[..., chosen] & ", "new = ", False),
    "only successes are kept": ("(fools | last)", "fools", True),
    "each restart attacks everyone anew": (
        "draws = None\n",
        "draws = None; climb.best.fooled.zero_()\n",
        False,
    ),
    "the loss counts the right class twice": (
        "scatter(-1, right, -torch.inf)",
        "clone()",
        False,
    ),
    "the first step only": ("range(self.ball.budget.steps)", "range(1)", False),
    "the last iterate is not judged": (
        "outputs = self.logits(x)\n        self.best.keep(chosen, x",
        "pass\n        self.best.keep(chosen, x",
        False,
    ),
}


@pytest.mark.parametrize("fault", IN_THE_CLIMB)
def test_a_fault_in_the_climb_leaves_the_plain_loop(fault):
    healthy, faulty, early_leave = IN_THE_CLIMB[fault]
    attack = mutant(pgd, healthy, faulty).pgd

    with pytest.raises(AssertionError):
        check_plain_loop(attack, "linf", early_leave=early_leave)


def test_a_start_outside_the_ball_is_noticed():
    attack = pgd_with(mutant(ball, "** (1 / max(size, 1))", "** (1 / max(size, 1)) + 1"))

    with pytest.raises(AssertionError):
        check_plain_loop(attack, "l2", early_leave=True)
