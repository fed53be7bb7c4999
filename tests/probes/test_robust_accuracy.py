"""The probes that attack a model: against closed forms, and what batch normalisation does."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import nn
from torch.nn import functional

from dltheory.attacks import Budget
from dltheory.attacks.pgd import Attacked, pgd
from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import _robustness
from dltheory.probes.accuracy import accuracy
from dltheory.probes.fgsm_accuracy import fgsm_accuracy
from dltheory.probes.loss import loss
from dltheory.probes.pgd_accuracy import pgd_accuracy
from dltheory.randomness import drawing_from, stream
from tests.attacks.plain import LINEAR_BUDGETS, linear_case, worst_margins
from tests.mutation import mutant


def network(model=None, classes=3):
    with drawing_from(stream(1, "init")):
        return (model or MLP(hidden=(6,))).build((2, 6, 6), classes).double()


def data(count=24):
    generator = stream(2, "data")
    images = torch.rand(count, 2, 6, 6, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


def by_pgd(model, images, labels, **options):
    return pgd_accuracy(model, images, labels, generator=stream(3, "probe"), **options)


def linear_model(weight, bias):
    model = nn.Linear(weight.shape[1], 2).double()
    model.weight.data, model.bias.data = weight, bias
    return model


ATTACK = ("norm", "epsilon", "box", "mean", "std")
CLIMB = (*ATTACK, "step", "steps")


@pytest.mark.parametrize("name", ["linf", "linf, std", "l2", "l2, std"])
@pytest.mark.parametrize("probe", [fgsm_accuracy, by_pgd])
def test_the_robust_accuracy_of_a_linear_classifier_is_the_share_of_margins_left(probe, name):
    budget = LINEAR_BUDGETS[name]
    images, labels, weight, bias = linear_case(budget)
    options = CLIMB if probe is by_pgd else ATTACK

    found = probe(
        linear_model(weight, bias), images, labels, **{o: getattr(budget, o) for o in options}
    )

    left = worst_margins(images, labels, weight, bias, budget) > 0
    assert found.accuracy == left.double().mean()
    exact = stats.binomtest(int(left.sum()), len(left)).proportion_ci(0.95, method="exact")
    assert (found.lower, found.upper) == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert 0 < left.sum() < len(left)


@given(st.integers(1, 400), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_that_of_clopper_and_pearson(trials, data, level):
    withstood = data.draw(st.integers(0, trials))
    fooled = torch.arange(trials) >= withstood
    attacked = Attacked(torch.zeros(trials), fooled, torch.ones(trials), 5 * trials)

    check_interval(_robustness, attacked, withstood, trials, level)


def check_interval(module, attacked, withstood, trials, level):
    found = module.robust_accuracy(attacked, level)

    exact = stats.binomtest(withstood, trials).proportion_ci(level, method="exact")
    expected = (withstood / trials, exact.low, exact.high, 1.0, 5.0)
    assert tuple(found) == pytest.approx(expected, abs=1e-9)


INTERVAL_FAULTS = {
    "one-sided": ("(1 - level) / 2", "1 - level"),
    "counts the fooled": ("int(withstood)", "int(count - withstood)"),
    "total of gradients": ("attacked.gradients / count", "attacked.gradients"),
    "sum of losses": ("double().mean()", "double().sum()"),
}


@pytest.mark.parametrize("fault", INTERVAL_FAULTS)
def test_a_fault_in_the_interval_is_noticed(fault):
    attacked = Attacked(torch.zeros(20), torch.arange(20) >= 13, torch.ones(20), 100)
    check_interval(_robustness, attacked, 13, 20, 0.95)

    with pytest.raises(AssertionError):
        check_interval(mutant(_robustness, *INTERVAL_FAULTS[fault]), attacked, 13, 20, 0.95)


@pytest.mark.parametrize("probe", [fgsm_accuracy, by_pgd])
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_without_a_budget_the_probes_are_accuracy_and_loss(probe, norm):
    model, (images, labels) = network(ResNet(width=2, blocks=(1,))), data()

    found = probe(model, images, labels, norm=norm, epsilon=0.0)

    assert found.accuracy == accuracy(model, images, labels)
    assert found.loss == pytest.approx(loss(model, images, labels), rel=1e-9)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_no_more_images_withstand_pgd_than_are_classified_correctly(norm):
    model, (images, labels) = network(), data()
    options = {"norm": norm, "epsilon": 0.2, "step": 0.05, "steps": 5}

    early = by_pgd(model, images, labels, **options)
    late = by_pgd(model, images, labels, early_leave=False, **options)

    assert early.accuracy <= min(late.accuracy, accuracy(model, images, labels))
    assert early.gradients < late.gradients == 5


def test_more_restarts_leave_no_more_accuracy():
    model, (images, labels) = network(), data()
    found = [
        by_pgd(model, images, labels, epsilon=0.1, step=0.1, steps=1, restarts=r).accuracy
        for r in (1, 3, 9)
    ]

    assert found == sorted(found, reverse=True)


# ── batch normalisation ───────────────────────────────────────────────────────────────────────


def trained_looking(model):
    """Running statistics that differ from those of any batch."""
    model(torch.rand(8, 2, 6, 6, dtype=torch.float64) * 3)
    return model


def check_batch_statistics(outputs_of):
    """In "batch" the outputs are those of training mode, and the model keeps its own statistics."""
    model, (images, _) = trained_looking(network(ResNet(width=2, blocks=(1, 1)))), data()
    before = [b.clone() for b in model.buffers()]

    with outputs_of(model, images, "batch") as outputs:
        found = outputs(images[:10]).detach()
    with outputs_of(model, images, "eval") as outputs:
        running = outputs(images[:10]).detach()

    assert all(torch.equal(a, b) for a, b in zip(model.buffers(), before, strict=True))
    torch.testing.assert_close(running, model.eval()(images[:10]).detach())
    torch.testing.assert_close(found, model.train()(images[:10]).detach())
    assert not torch.allclose(found, running)


def test_each_mode_of_batch_normalisation_is_what_it_says():
    check_batch_statistics(_robustness.outputs_of)


BN_FAULTS = {
    "the model's own statistics are updated": ("buffer.clone()", "buffer"),
    "batch means running": ("module.training = True", "module.training = False"),
    "running means batch": ('if statistics == "batch":\n', "if True:\n"),
}


@pytest.mark.parametrize("fault", BN_FAULTS)
def test_a_fault_in_the_mode_of_batch_normalisation_is_noticed(fault):
    with pytest.raises(AssertionError):
        check_batch_statistics(mutant(_robustness, *BN_FAULTS[fault]).outputs_of)


def test_dropout_stays_off_with_batch_statistics():
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(72), nn.Dropout(0.5), nn.Linear(72, 3))
    images, labels = data()

    found = fgsm_accuracy(model.double(), images, labels, bn="batch", batch=24)
    again = fgsm_accuracy(model, images, labels, bn="batch", batch=24)

    assert found == again


def test_batch_statistics_are_those_of_the_attacked_batch():
    model, (images, labels) = trained_looking(network(ResNet(width=2, blocks=(1,)))), data()
    options = {"epsilon": 0.1, "step": 0.02, "steps": 3}

    found = by_pgd(model, images, labels, bn="batch", batch=24, early_leave=False, **options)

    attacked = pgd(model.train(), images, labels, Budget(**options), generator=stream(3, "probe"))
    expected = functional.cross_entropy(model(attacked.images), labels)
    assert found.loss == pytest.approx(float(expected.detach()), rel=1e-9)


@pytest.mark.parametrize("probe", [fgsm_accuracy, by_pgd])
def test_no_gradient_reaches_the_parameters(probe):
    model, (images, labels) = network(), data()

    probe(model, images, labels)

    assert all(p.grad is None and p.requires_grad for p in model.parameters())


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def test_early_leave_with_batch_statistics_is_refused():
    with pytest.raises(
        SpecError, match="changes the statistics of the others; got early_leave=True"
    ):
        by_pgd(network(), *data(), bn="batch", batch=24)


def test_batch_statistics_of_no_batch_are_refused():
    with pytest.raises(SpecError, match="got 24 images and no batch size"):
        fgsm_accuracy(network(), *data(), bn="batch")


def test_an_unknown_mode_of_batch_normalisation_is_refused():
    unchecked = mutant(_robustness, "def images_per_pass", "def images_per_pass")

    with pytest.raises(SpecError, match="got 'train'"):
        unchecked.images_per_pass(data()[0], "train", 5)


@pytest.mark.parametrize(("device", "batch"), [("cpu", 64), ("meta", 1000)])
def test_the_images_per_pass_suit_the_device(device, batch):
    images = torch.zeros(3, 1, device=device)

    assert _robustness.images_per_pass(images, "eval", None) == batch
    assert _robustness.images_per_pass(images, "eval", 7) == 7
