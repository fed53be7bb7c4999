"""Options that are refused before anything is computed: what is required, given, and to do."""

import pytest

from dltheory.plugin import hooks

CLAIMS = """
@claim(said("is-counted"), fast=drawn(9.0))
def test_is_counted(measured, judge):
    judge(mean(measured("value")["a"]))
"""

RERUNS = """
def pytest_addoption(parser):
    parser.addoption("--reruns", type=int)
"""

REFUSED = {
    "--epochs-scale=0": ("takes a number above 0 and up to 10", "got 0.", "0.1 trains for a tenth"),
    "--epochs-scale=nan": ("a number above 0 and up to 10", "got nan", "0.1 trains for a tenth"),
    "--epochs-scale=11": ("a number above 0 and up to 10", "got 11", "0.1 trains for a tenth"),
    "--seeds=1": ("from 2 to 10000", "got 1.", "needs 7 or more"),
    "--first-seed=-1": ("whole number from 0", "got -1.", "Try --first-seed=1000"),
    "--first-seed=10000": ("below 10000", "got 10000.", "Try --first-seed=1000"),
    "--seeds=10001": ("from 2 to 10000", "got 10001", "needs 7 or more"),
    "--gpus": ("needs GPUs that torch can use", "sees 0", "Leave the option out to train on"),
    "--gpus=0,2": ("needs GPUs that torch can use", "sees 0", "Leave the option out to train on"),
    "--gpus=claims": ("takes no value (all GPUs) or numbers", "got 'claims'", "equals sign"),
    "--runs-per-gpu=0": ("takes a whole number from 1", "got 0.", "Leave it out"),
    "--from-measurements=nowhere": ("a measurements.jsonl in it", "got nowhere", "Try reports"),
}


def started(folder, *words):
    """The exit code of pytest in this process, which a refused option ends before any session."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    words = [f"--rootdir={folder}", f"-c{folder / 'pytest.ini'}", "-p", "no:cacheprovider", *words]
    return pytest.main([str(folder), *words], plugins=[hooks])


@pytest.mark.parametrize("option", REFUSED)
def test_an_option_that_cannot_be_is_refused_with_what_to_do(option, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    code = started(tmp_path, option)

    told = capfd.readouterr().err
    assert code == pytest.ExitCode.USAGE_ERROR
    assert [part for part in REFUSED[option] if part not in told] == []


@pytest.mark.parametrize("option", ["--scale=tiny", "--inconclusive=pass", "--seeds=many"])
def test_an_option_of_another_kind_is_refused_by_its_choices(option, tmp_path, capfd):
    assert started(tmp_path, option) == pytest.ExitCode.USAGE_ERROR
    assert "invalid" in capfd.readouterr().err


@pytest.mark.parametrize("beside", ["--download", "--gpus=0"])
def test_judging_measurements_takes_no_option_of_training(beside, tmp_path, monkeypatch, capfd):
    (tmp_path / "measurements.jsonl").write_text("")
    monkeypatch.setattr(
        "dltheory.plugin.options._gpus", lambda given, _: ("cuda:0",) if given else ()
    )

    assert started(tmp_path, f"--from-measurements={tmp_path}", beside) == 4
    assert "computes nothing, so --" in capfd.readouterr().err


def test_a_gpu_that_is_not_there_is_refused_though_others_are(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)

    assert started(tmp_path, "--gpus=0,2") == 4
    assert "sees 2" in capfd.readouterr().err


def test_repeating_claims_until_they_pass_is_refused_before_any_run(project):
    (project.folder / "conftest.py").write_text(RERUNS)

    out = project.claims(CLAIMS).pytest("--reruns=3")

    assert out.code == pytest.ExitCode.USAGE_ERROR
    assert "Claims take no --reruns (got 3)" in out.errors
    assert "Use --seeds for more evidence" in out.errors
    assert (project.calls(), (project.folder / ".runs").exists()) == ([], False)


FLAKY = "\n@pytest.mark.flaky" + CLAIMS.rstrip()

TWICE = """
@claim(said("is-counted"), static=audited())
def test_is_one(judge):
    judge(around(9.0))

@claim(said("is-counted"), static=audited())
def test_is_another(judge):
    judge(around(9.0))
"""


def test_a_claim_that_is_marked_flaky_is_refused_before_any_run(project):
    text = "import pytest\n" + FLAKY

    out = project.claims(text).pytest("-q", "-o", "markers=flaky: repeats")

    assert out.code == pytest.ExitCode.USAGE_ERROR
    assert "may not be marked flaky (got claims/test_claims.py::test_is_counted" in out.errors
    assert project.calls() == []


def test_two_judges_of_one_form_are_refused(project):
    out = project.claims(TWICE).pytest("-q")

    assert out.code == pytest.ExitCode.USAGE_ERROR
    assert "k2020/is-counted [static] has two: claims/test_claims.py::test_is_one" in out.errors
    assert "Give one of them another row or another case name" in out.errors
