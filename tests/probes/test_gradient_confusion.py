"""Inner products and cosines of all pairs, and the confusion bound."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.models import MLP, ResNet
from dltheory.probes import (
    _gradient_grams,
    _layer_factors,
    gradient_confusion,
    gradient_cosine_matrix,
    gradient_cosines,
    gradient_inner_products,
)
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

COUNT = 20
MODELS = {
    "linear": MLP(hidden=()),
    "narrow MLP": MLP(hidden=(2, 2)),
    "wide MLP": MLP(hidden=(64, 64)),
    "ResNet": ResNet(width=2, blocks=(1,)),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def network(model):
    with drawing_from(stream(1, "init")):
        return model.build((2, 4, 4), 3).double().eval()


def data(count=COUNT):
    generator = stream(2, "data")
    images = torch.randn(count, 2, 4, 4, generator=generator, dtype=torch.float64)
    return images, torch.randint(3, (count,), generator=generator)


def plain_gradients(model, batches):
    images, labels = data()
    losses = [functional.cross_entropy(model(images[b]), labels[b]) for b in batches]
    by = list(model.parameters())
    return torch.stack(
        [torch.cat([g.flatten() for g in torch.autograd.grad(loss, by)]) for loss in losses]
    )


def above(square):
    return torch.tensor(
        [square[i, j] for i in range(len(square)) for j in range(i + 1, len(square))]
    )


# ── the Gram matrix ───────────────────────────────────────────────────────────────────────────


def check_gram(grams, model, batches):
    g = plain_gradients(network(model), batches)

    found = grams.gradient_gram(network(model), *data(), batches, together=3)

    torch.testing.assert_close(found, g @ g.T, rtol=1e-9, atol=1e-12)


BATCHES = torch.stack([torch.randperm(COUNT, generator=stream(i, "b"))[:4] for i in range(11)])
EACH = torch.arange(COUNT)[:, None]


@every_model
@pytest.mark.parametrize("batches", [BATCHES, BATCHES[:2], EACH], ids=["many", "two", "examples"])
def test_the_gram_matrix_is_that_of_plain_gradients(model, batches):
    check_gram(_gradient_grams, model, batches)


GRAM_FAULTS = {
    "share of an example": ("gram + shares @ of_examples", "gram + 4 * shares @ of_examples"),
    "a layer is kept alone": ("of_examples += factor_gram", "of_examples = factor_gram"),
    "pairs where weights are": ("of_examples @ shares.T", "of_examples.diag().diag() @ shares.T"),
}


@pytest.mark.parametrize("fault", GRAM_FAULTS.values(), ids=GRAM_FAULTS.keys())
def test_the_gram_matrix_shows_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_gram(mutant(_gradient_grams, *fault), MODELS["wide MLP"], BATCHES)


def check_factor_gram(layers):
    model = network(MODELS["wide MLP"])
    factors = layers.layer_factors(model, *data(), 7)

    found = sum(layers.factor_gram(f) for f in factors)

    g = plain_gradients(model, EACH)
    torch.testing.assert_close(found, g @ g.T, rtol=1e-9, atol=1e-12)


def test_factors_give_the_inner_products_of_examples():
    check_factor_gram(_layer_factors)


FACTOR_FAULTS = {
    "bias left out": ("of_inputs += 1", "of_inputs += 0"),
    "gradients left out": ("of_inputs * (g @ g.T)", "of_inputs"),
    "sum for product": ("of_inputs * (g @ g.T)", "of_inputs + g @ g.T"),
    "mean for sum": ('reduction="sum"', 'reduction="mean"'),
    "outputs of other images": (
        ", labels[start : start + batch])",
        ", labels[: batch][: len(images) - start])",
    ),
}


@pytest.mark.parametrize("fault", FACTOR_FAULTS.values(), ids=FACTOR_FAULTS.keys())
def test_inner_products_of_examples_show_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_factor_gram(mutant(_layer_factors, *fault))


# ── inner products ────────────────────────────────────────────────────────────────────────────


@every_model
@pytest.mark.parametrize("batch", [1, 3])
def test_inner_products_are_those_of_plain_gradients(model, batch):
    count = min(100, COUNT // batch)
    order = torch.randperm(COUNT, generator=stream(0, "p"))[: count * batch].view(count, batch)
    g = plain_gradients(network(model), order)

    found = gradient_inner_products.gradient_inner_products(
        network(model), *data(), generator=stream(0, "p"), batch=batch
    )

    torch.testing.assert_close(found, above(g @ g.T), rtol=1e-9, atol=1e-12)


def test_a_softmax_of_a_linear_map_has_its_closed_form():
    model, (images, labels) = network(MODELS["linear"]), data()
    errors = model(images).detach().softmax(1) - functional.one_hot(labels, 3)
    x = images.flatten(1)
    order = torch.randperm(COUNT, generator=stream(0, "p"))
    by_hand = ((x @ x.T + 1) * (errors @ errors.T))[order][:, order]

    found = gradient_inner_products.gradient_inner_products(
        model, images, labels, generator=stream(0, "p")
    )

    torch.testing.assert_close(found, above(by_hand), rtol=1e-10, atol=1e-12)


def orthogonal(bias, scale=1.0):
    model = nn.Linear(6, 2, bias=bias).double()
    return model, scale * torch.eye(6, dtype=torch.float64), torch.tensor([0, 1, 0, 1, 1, 0])


def test_logistic_regression_on_orthogonal_data_has_no_confusion():
    confusion = gradient_confusion.gradient_confusion(*orthogonal(False), generator=stream(0, "p"))

    assert confusion == (0, 0, 0, 0)


def test_a_bias_brings_confusion_between_orthogonal_examples():
    confusion = gradient_confusion.gradient_confusion(*orthogonal(True), generator=stream(0, "p"))

    assert confusion.bound > 0.1


# ── the bound ─────────────────────────────────────────────────────────────────────────────────


@every_model
def test_the_bound_is_the_least_that_definition_2_1_allows(model):
    g = plain_gradients(network(model), EACH)
    products = above(g @ g.T)

    found = gradient_confusion.gradient_confusion(network(model), *data(), generator=stream(0, "p"))

    assert found.bound == pytest.approx(-float(products.min()), rel=1e-9)
    assert found.least == -found.bound
    assert found.mean == pytest.approx(float(products.mean()), rel=1e-9, abs=1e-12)
    assert found.negative == pytest.approx(float((products < 0).double().mean()))


def check_bound(module):
    """Two equal examples: one inner product, a squared norm, so no confusion; opposed: one."""
    model = nn.Linear(1, 2).double()
    model.weight.data.zero_(), model.bias.data.zero_()
    images = torch.ones(2, 1, dtype=torch.float64)
    equal, opposed = (
        module.gradient_confusion(model, images, torch.tensor(y), generator=stream(0, "p"))
        for y in ([0, 0], [0, 1])
    )
    assert tuple(equal) == pytest.approx((0, 1, 1, 0))  # (1·1 + 1)(½² + ½²)
    assert tuple(opposed) == pytest.approx((1, -1, -1, 1))


def test_equal_examples_agree_and_opposed_ones_do_not():
    check_bound(gradient_confusion)


BOUND_FAULTS = {
    "sign": ("(-least).clamp(min=0.0)", "least.clamp(min=0.0)"),
    "not cut off at 0": ("(-least).clamp(min=0.0)", "-least"),
    "largest for least": ("products.min()", "products.max().neg()"),
    "fraction above 0": ("products < 0", "products > 0"),
}


@pytest.mark.parametrize("fault", BOUND_FAULTS.values(), ids=BOUND_FAULTS.keys())
def test_two_examples_show_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_bound(mutant(gradient_confusion, *fault))


@settings(max_examples=20)
@given(st.floats(1e-3, 1e3))
def test_on_flat_logits_confusion_scales_as_the_square_of_the_images(scale):
    model, images, labels = orthogonal(bias=False)
    model.weight.data.zero_()  # the same probabilities whatever the images are
    images = images + 1

    found = [
        gradient_confusion.gradient_confusion(model, x, labels, generator=stream(0, "p"))
        for x in (images, scale * images)
    ]

    assert found[1].bound == pytest.approx(scale**2 * found[0].bound, rel=1e-9)


@settings(max_examples=10)
@given(st.integers(3, COUNT))
def test_the_bound_grows_with_the_examples(count):
    fewer, more = (
        gradient_confusion.gradient_confusion(
            network(MODELS["linear"]), *data(), generator=stream(0, "p"), minibatches=m
        )
        for m in (count - 1, count)
    )

    assert more.bound >= fewer.bound * (1 - 1e-12)  # rounding


# ── minibatches ───────────────────────────────────────────────────────────────────────────────


def check_disjoint(grams, points, minibatches, batch):
    drawn = grams.disjoint_minibatches(
        points, minibatches=minibatches, batch=batch, generator=stream(0, "p")
    )
    assert 2 <= len(drawn) <= minibatches
    assert len(drawn.unique()) == drawn.numel() <= points
    assert len(drawn) == minibatches or points - drawn.numel() < drawn.shape[1]


@given(st.integers(2, 40), st.integers(2, 40), st.integers(1, 40))
def test_minibatches_share_no_example_and_are_as_many_as_fit(points, minibatches, batch):
    check_disjoint(_gradient_grams, points, minibatches, batch)


def test_minibatches_that_share_examples_are_noticed():
    faulty = mutant(
        _gradient_grams, "[: count * size].view", ".remainder(points - 1)[: count * size].view"
    )

    with pytest.raises(AssertionError):
        check_disjoint(faulty, 20, 5, 4)


@pytest.mark.parametrize(("points", "minibatches", "batch"), [(1, 5, 1), (9, 1, 1), (9, 5, 0)])
def test_there_are_no_pairs_of_fewer_than_two(points, minibatches, batch):
    with pytest.raises(SpecError, match=f"got {points} examples and {minibatches} minibatches of"):
        _gradient_grams.disjoint_minibatches(
            points, minibatches=minibatches, batch=batch, generator=stream(0, "p")
        )


# ── the matrix of cosines ─────────────────────────────────────────────────────────────────────


def check_cosine_matrix(module, model):
    generator = stream(0, "p")
    draws = [torch.randperm(COUNT, generator=generator)[:5] for _ in range(7)]
    unit = functional.normalize(plain_gradients(network(model), draws), dim=1)

    found = module.gradient_cosine_matrix(
        network(model), *data(), generator=stream(0, "p"), minibatches=7, batch=5
    )

    torch.testing.assert_close(found, above(unit @ unit.T), rtol=1e-9, atol=1e-12)


@every_model
def test_the_matrix_of_cosines_is_that_of_plain_gradients(model):
    check_cosine_matrix(gradient_cosine_matrix, model)


COSINE_FAULTS = {
    "not normalised": ("gram / lengths[:, None] / lengths", "gram"),
    "normalised once": ("gram / lengths[:, None] / lengths", "gram / lengths"),
    "squared lengths": (".clamp_min(torch.finfo(gram.dtype).tiny).sqrt()", ""),
    "one draw for all": ("for _ in range(minibatches)]", "] * minibatches"),
}


@pytest.mark.parametrize("fault", COSINE_FAULTS.values(), ids=COSINE_FAULTS.keys())
def test_the_matrix_of_cosines_shows_planted_faults(fault):
    with pytest.raises(AssertionError):
        check_cosine_matrix(mutant(gradient_cosine_matrix, *fault), MODELS["wide MLP"])


def test_a_minibatch_is_not_compared_with_itself():
    faulty = mutant(_gradient_grams, "offset=1", "offset=0")

    assert len(_gradient_grams.upper_triangle(torch.eye(5))) == 10
    assert len(faulty.upper_triangle(torch.eye(5))) == 15


def test_pairs_of_the_matrix_include_those_of_independent_pairs():
    options = {"generator": None, "batch": 5, "together": 4}
    options["generator"] = stream(0, "p")
    pairs = gradient_cosines.gradient_cosines(
        network(MODELS["ResNet"]), *data(), pairs=3, **options
    )
    options["generator"] = stream(0, "p")

    every = gradient_cosine_matrix.gradient_cosine_matrix(
        network(MODELS["ResNet"]), *data(), minibatches=6, **options
    )

    torch.testing.assert_close(every[torch.tensor([0, 9, 14])], pairs)


@settings(max_examples=20)
@given(st.permutations(range(6)))
def test_the_order_of_minibatches_is_that_of_the_gram_matrix(order):
    order = torch.tensor(order)
    model = network(MODELS["narrow MLP"])
    straight = _gradient_grams.gradient_gram(model, *data(), BATCHES[:6], together=4)

    turned = _gradient_grams.gradient_gram(model, *data(), BATCHES[order], together=4)

    torch.testing.assert_close(turned, straight[order][:, order])
