"""The Hessian of the loss: products, ends of the spectrum, trace, density and certificates."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call, grad, jacrev
from torch.nn import functional

from dltheory.errors import SpecError
from dltheory.linalg.stochastic_lanczos import smoothed
from dltheory.models import MLP, ResNet
from dltheory.probes import _hessian as hessian_module
from dltheory.probes._hessian import hessian
from dltheory.probes._negative_curvature import negative_curvature
from dltheory.probes.hessian_density import hessian_density
from dltheory.probes.hessian_extremes import HessianExtremes, hessian_extremes
from dltheory.probes.hessian_trace import hessian_trace
from dltheory.randomness import drawing_from, stream
from tests.mutation import mutant

SHAPE, CLASSES, POINTS = (2, 4, 4), 3, 11
SPECS = {"MLP": MLP(hidden=(5, 4)), "ResNet": ResNet(width=2, blocks=(1, 1))}
every_model = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())


def generator(seed=0):
    return stream(seed, "probe/hessian")


def data():
    images = torch.randn(POINTS, *SHAPE, generator=stream(2, "data"), dtype=torch.float64)
    return images, torch.randint(CLASSES, (POINTS,), generator=stream(3, "data"))


def network(spec):
    with drawing_from(stream(1, "init")):
        model = spec.build(SHAPE, CLASSES).double()
        model(torch.randn(8, *SHAPE, dtype=torch.float64))  # moves running statistics
    return model.eval()


def dense(model):
    """All second derivatives of the mean loss by torch.func, in the order of the parameters."""
    images, labels = data()
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    shapes = {name: p.shape for name, p in parameters.items()}

    def loss(flat):
        pieces = flat.split([shape.numel() for shape in shapes.values()])
        named = {n: v.view(s) for (n, s), v in zip(shapes.items(), pieces, strict=True)}
        return functional.cross_entropy(functional_call(model, named, (images,)), labels)

    return jacrev(grad(loss))(torch.cat([p.flatten() for p in parameters.values()]))


DENSE = {name: dense(network(spec)) for name, spec in SPECS.items()}


def products_are_those_of_the_dense_hessian(module):
    for name, spec in SPECS.items():
        v = torch.randn(len(DENSE[name]), generator=generator(), dtype=torch.float64)
        for batch, memory in ((100, 2**31), (4, 2**31), (4, 0), (1, 20_000)):
            with module.hessian(network(spec), *data(), batch=batch, memory=memory) as operator:
                found = operator.times(v), operator.times(v)

            for product in found:
                torch.testing.assert_close(product, DENSE[name] @ v, rtol=1e-10, atol=1e-12)


def test_products_are_those_of_the_dense_hessian_with_graphs_kept_or_not():
    products_are_those_of_the_dense_hessian(hessian_module)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("(total / len(images))", "total"),
        ("(total / len(images))", "(total / len(parts))"),
        ("(total / len(images))", "(total / len(images) + 5e-4 * v)"),
        ("(total / len(images))", "(-total / len(images))"),
        ("range(0, len(images), batch)", "range(0, max(1, len(images) - batch), batch)"),
        ("labels[part], reduction", "labels[: len(out)], reduction"),
        ("else total.double() + here", "else here"),
        ("kept.get(place) or graph(part)", "kept.get(0) or graph(part)"),
        ("with evaluating(model, images):", "model.train()\n    if True:"),
    ],
    ids=[
        "sum instead of mean",
        "mean over batches",
        "weight decay inside",
        "wrong sign",
        "last batch dropped",
        "labels of the first batch",
        "last batch alone",
        "first graph for all",
        "training mode",
    ],
)
def test_faults_in_products_are_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        products_are_those_of_the_dense_hessian(mutant(hessian_module, healthy, faulty))


@pytest.mark.parametrize("batch", [100, 7])
@pytest.mark.parametrize("probe", [hessian_extremes, hessian_density, hessian_trace])
def test_single_precision_works_in_one_batch_and_in_several(probe, batch):
    options = {"generator": generator(), "precision": "float32", "batch": batch}
    exactly = options | {"generator": generator(), "precision": "float64"}
    model, (images, labels) = network(SPECS["ResNet"]), data()

    found = torch.as_tensor(probe(model, images, labels, **options)).double()

    expected = torch.as_tensor(probe(model, images, labels, **exactly)).double()
    scale = float(expected.abs().max())
    assert found.shape == expected.shape
    if probe is not hessian_extremes:
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4 * scale)
    else:
        ends = [HessianExtremes._fields.index(name) for name in ("smallest", "largest")]
        torch.testing.assert_close(found[ends], expected[ends], rtol=1e-3, atol=0)


def test_products_have_the_precision_asked_for():
    for batch in (100, 7):
        with hessian(network(SPECS["MLP"]), *data(), precision="float32", batch=batch) as operator:
            assert operator.times(torch.ones(operator.n)).dtype == torch.float32


def bytes_alive(spec, count, monkeypatch):
    """What the probe estimates for a part of so many images, and what such a graph holds."""
    estimates = []

    def noted(*given):
        estimates.append(bytes_kept(*given))
        return estimates[-1]

    bytes_kept = hessian_module._bytes_kept
    monkeypatch.setattr(hessian_module, "_bytes_kept", noted)
    held = {}

    def note(tensor):
        held[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    model, (images, labels) = network(spec), data()
    shared = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
    shared.add(images.untyped_storage().data_ptr())
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(note, lambda t: t):
        loss = functional.cross_entropy(model(images[:count]), labels[:count], reduction="sum")
        gradients = torch.autograd.grad(loss, list(model.parameters()), create_graph=True)
    for gradient in gradients:
        note(gradient)
    actual = sum(size for place, size in held.items() if place not in shared)
    with hessian(model, images, labels, batch=count):
        return estimates[0], actual, sum(g.numel() * g.element_size() for g in gradients)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("count", [1, 12])
def test_the_memory_of_a_part_counts_its_gradients_and_all_of_its_images(name, count, monkeypatch):
    estimate, actual, gradients = bytes_alive(SPECS[name], count, monkeypatch)

    assert estimate >= gradients
    assert estimate == pytest.approx(actual, rel=0.05)


@given(st.integers(0, 10**6), st.floats(-10, 10))
@settings(max_examples=20)
def test_products_are_linear_and_symmetric(seed, factor):
    with hessian(network(SPECS["ResNet"]), *data(), batch=5) as operator:
        u, v = torch.randn(2, operator.n, generator=generator(seed), dtype=torch.float64)
        Hu, Hv = operator.times(u), operator.times(v)
        scale = float(Hu.norm() + Hv.norm()) * operator.n**0.5 * (1 + abs(factor))

        torch.testing.assert_close(
            operator.times(u + factor * v), Hu + factor * Hv, rtol=0, atol=1e-13 * scale
        )
        assert float(u @ Hv) == pytest.approx(float(v @ Hu), abs=1e-13 * scale)


@every_model
def test_the_ends_are_those_of_the_dense_hessian(spec):
    model = network(spec)
    eigenvalues = torch.linalg.eigvalsh(dense(model))
    low, high = float(eigenvalues[0]), float(eigenvalues[-1])

    found = hessian_extremes(model, *data(), generator=generator(), tolerance=1e-7, batch=4)

    assert found.smallest == pytest.approx(low, abs=1e-10)
    assert found.largest == pytest.approx(high, abs=1e-10)
    assert found.lowest <= low <= found.smallest + found.rounding
    assert found.highest >= high >= found.largest - found.rounding
    assert max(found.smallest - found.lowest, found.highest - found.largest) < 2e-7 * high


@every_model
def test_a_float32_network_is_measured_at_its_own_point_in_float64(spec):
    model = network(spec).float()
    images, labels = data()
    low, *_, high = torch.linalg.eigvalsh(dense(network(spec).float().double())).tolist()

    for precision in ("float64", "float32", "model"):
        found = hessian_extremes(
            model, images.float(), labels, generator=generator(), precision=precision
        )
        assert found.lowest <= low + 1e-6 <= found.smallest + 1e-3 * high
        assert found.highest >= high - 1e-6 >= found.largest - 1e-3 * high
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def saddle():
    """x ↦ (w x) u with w = u = 0 and both classes wanted: curvature of both signs, in two entries.

    At 0 the logits' Jacobian vanishes, and the mixed derivative of the loss is ±E[(p − y) x].
    """
    model = MLP(hidden=(1,), activation="identity").build((1,), 2).double()
    for p in model.parameters():
        p.data.zero_()
    return model, torch.tensor([[1.0], [1.0], [3.0]], dtype=torch.float64), torch.tensor([0, 1, 1])


def test_a_saddle_is_certified_with_its_direction():
    model, images, labels = saddle()

    found = negative_curvature(model, images, labels, generator=generator(), batch=2)

    # mixed derivatives ±g between w and u: E[(p − y) x] = (−0.5 + 0.5 + 1.5)/3 = 0.5
    # u couples to w (0.5) and to the biases; so λ_min ≤ −0.5 √2 by Rayleigh on (w, u)
    assert found.certified
    assert found.quotient <= -0.5 * math.sqrt(2) + 1e-9
    flat = torch.cat([v.flatten() for v in found.direction.values()])
    assert {n: v.shape for n, v in found.direction.items()} == {
        n: p.shape for n, p in model.named_parameters()
    }
    assert float(flat.norm()) == pytest.approx(1)
    with hessian(model, images, labels) as operator:
        assert float(flat @ operator.times(flat)) == pytest.approx(found.quotient, abs=1e-12)
    assert found.lowest <= found.quotient
    assert found.not_excluded.startswith("Found: a direction of curvature -0.")
    assert "with probability at most 1e-06" in found.not_excluded


def test_along_the_certified_direction_the_loss_bends_downwards_as_the_quotient_says():
    model, images, labels = saddle()
    found = negative_curvature(model, images, labels, generator=generator())

    def loss(step):
        moved = {n: p + step * found.direction[n] for n, p in model.named_parameters()}
        out = functional_call(model, moved, (images,)).detach()
        return float(functional.cross_entropy(out, labels))

    bend = (loss(1e-3) - 2 * loss(0) + loss(-1e-3)) / 1e-6
    assert bend == pytest.approx(found.quotient, rel=1e-4)


def test_a_convex_loss_is_not_certified_to_curve_downwards():
    model = network(MLP(hidden=()))

    found = negative_curvature(model, *data(), generator=generator())

    assert not found.certified
    assert found.quotient > -found.margin
    assert found.not_excluded.startswith("No negative curvature was found")


@every_model
def test_the_trace_is_exact_where_the_sketch_spans_everything(spec):
    model = network(spec)
    H = dense(model)

    found = hessian_trace(model, *data(), generator=generator(), products=3 * len(H))

    assert found.trace == pytest.approx(float(H.trace()), abs=1e-10)
    assert found.standard_error < 1e-10


@pytest.mark.parametrize("method", ["hutch++", "hutchinson"])
def test_the_trace_is_right_within_its_standard_error(method):
    model = network(SPECS["MLP"])
    truth = float(DENSE["MLP"].trace())

    found = [
        hessian_trace(model, *data(), generator=generator(s), products=24, method=method)
        for s in range(20)
    ]

    z = [(f.trace - truth) / f.standard_error for f in found]
    assert abs(sum(z)) / math.sqrt(20) < 4
    assert max(map(abs, z)) < 10


def test_the_moments_of_the_density_are_those_of_the_hessian():
    model, H = network(SPECS["MLP"]), DENSE["MLP"]

    found = hessian_density(model, *data(), generator=generator(), steps=12, runs=60)
    nodes, weights = found[:, 0], found[:, 1]

    torch.testing.assert_close(weights.sum(dim=1), torch.ones(60, dtype=torch.float64))
    for power in (1, 2, 4):
        moments = (weights * nodes**power).sum(dim=1)
        truth = float(torch.linalg.matrix_power(H, power).trace()) / len(H)
        error = float(moments.std()) / math.sqrt(60)
        assert float(moments.mean()) == pytest.approx(truth, abs=4 * error)
        assert power == 1 or error < 0.5 * truth  # the mean of eigenvalues is close to 0


def test_a_smoothed_density_has_area_one():
    found = hessian_density(network(SPECS["MLP"]), *data(), generator=generator())
    at = torch.linspace(-3, 5, 4000, dtype=torch.float64)

    assert float(torch.trapezoid(smoothed(found, at, 0.05), at)) == pytest.approx(1, abs=1e-6)


def test_parameters_that_the_loss_does_not_depend_on_have_no_curvature():
    model = network(MLP(hidden=()))
    model.register_parameter("idle", torch.nn.Parameter(torch.ones(2, dtype=torch.float64)))
    with hessian(model, *data()) as operator:
        product = operator.times(torch.ones(operator.n, dtype=torch.float64))

    assert product[:2].tolist() == [0, 0]  # a module's own parameters come first
    assert product[2:].abs().min() > 0


def test_a_wrong_number_of_labels_and_an_unknown_precision_are_refused():
    images, labels = data()
    with pytest.raises(SpecError, match="got 11 images and 10 labels"):
        hessian(network(SPECS["MLP"]), images, labels[:-1]).__enter__()
    unchecked = mutant(hessian_module, "known[precision]", "known[precision]")  # by beartype
    with pytest.raises(SpecError, match="'half'"):
        unchecked.hessian(network(SPECS["MLP"]), images, labels, precision="half").__enter__()
    with pytest.raises(SpecError, match="at least 6 products"):
        hessian_trace(network(SPECS["MLP"]), images, labels, generator=generator(), products=3)
    with pytest.raises(SpecError, match="got 0 steps"):
        hessian_density(network(SPECS["MLP"]), images, labels, generator=generator(), steps=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_ends_are_the_same_on_a_gpu():
    images, labels = data()
    there = hessian_extremes(
        network(SPECS["ResNet"]).cuda(), images.cuda(), labels.cuda(), generator=generator()
    )
    here = hessian_extremes(network(SPECS["ResNet"]), images, labels, generator=generator())

    assert there.smallest == pytest.approx(here.smallest, rel=1e-6)
