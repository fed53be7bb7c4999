"""The closed form of the cross-entropy and of its gradient, against PyTorch's."""

import math

import pytest
import torch
from torch.nn import functional

from dltheory.training import cross_entropy as module
from dltheory.training.cross_entropy import cross_entropy, losses_of_examples
from tests.mutation import mutant


def logits_and_labels(dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    logits = 5 * torch.randn(3, 7, 4, generator=generator, dtype=dtype)
    return logits, torch.randint(4, (3, 7), generator=generator)


def expected(logits, labels):
    logits = logits.clone().requires_grad_()
    losses = torch.stack(
        [functional.cross_entropy(z, y) for z, y in zip(logits, labels, strict=True)]
    )
    return losses.detach(), torch.autograd.grad(losses.sum(), logits)[0]


@pytest.mark.parametrize(("dtype", "accuracy"), [(torch.float64, 1e-14), (torch.float32, 1e-6)])
def test_losses_and_gradient_are_those_that_pytorch_computes(dtype, accuracy):
    logits, labels = logits_and_labels(dtype)

    found = cross_entropy(logits, labels)

    torch.testing.assert_close(tuple(found), expected(logits, labels), rtol=accuracy, atol=accuracy)


def test_losses_of_examples_are_those_that_pytorch_computes():
    logits, labels = logits_and_labels()

    found = losses_of_examples(logits, labels)

    each = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    torch.testing.assert_close(found.flatten(), each)


def test_an_output_that_is_not_finite_makes_the_loss_of_its_seed_alone_nan():
    logits, labels = logits_and_labels()
    logits[1, 2, 3] = math.inf

    found = cross_entropy(logits, labels)

    assert found.losses.isnan().tolist() == [False, True, False]
    assert found.gradient.isnan().any(dim=2).any(dim=1).tolist() == [False, True, False]


def test_the_logits_are_not_changed():
    logits, labels = logits_and_labels()
    before = logits.clone()

    cross_entropy(logits, labels)

    assert torch.equal(logits, before)


def same_alone(function, batch):
    """Whether each seed of five gets the same bits alone as among the others."""
    generator = torch.Generator().manual_seed(batch)
    logits = 5 * torch.randn(5, batch, 10, generator=generator)
    labels = torch.randint(10, (5, batch), generator=generator)
    of_all = function(logits, labels)
    alone = [function(logits[i : i + 1], labels[i : i + 1]) for i in range(5)]
    return all(
        torch.equal(of_all.losses[i], one.losses[0])
        and torch.equal(of_all.gradient[i], one.gradient[0])
        for i, one in enumerate(alone)
    )


@pytest.mark.parametrize("batch", [3, 8, 13, 30, 50, 100])
def test_what_comes_out_for_a_seed_does_not_depend_on_which_others_there_are(batch):
    assert same_alone(cross_entropy, batch)


def test_it_would_depend_on_them_without_columns_that_fill_registers():
    unfilled = mutant(module, "REGISTER = 64", "REGISTER = 1").cross_entropy

    if all(same_alone(unfilled, batch) for batch in range(3, 40)):
        pytest.skip("this processor rounds all numbers of a tensor alike")


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("new_full(places.shape, -1.0)", "new_full(places.shape, -0.9)"),
        ("gradient.div_(labels.shape[1])", "gradient.div_(3)"),
    ],
)
def test_a_wrong_gradient_is_noticed(healthy, faulty):
    logits, labels = logits_and_labels()

    found = mutant(module, healthy, faulty).cross_entropy(logits, labels)

    with pytest.raises(AssertionError):
        torch.testing.assert_close(tuple(found), expected(logits, labels))
