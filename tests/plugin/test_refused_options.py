"""Options that are refused before anything is computed: what is required, given, and to do."""

import errno

import pytest

from dltheory.plugin import hooks
from dltheory.plugin.places import require_place

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
    "--gpus=²": ("takes no value (all GPUs) or numbers", "got '²'", "equals sign"),
    "--gpus=0,0": ("takes no value (all GPUs) or numbers", "got '0,0'", "equals sign"),
    "--gpus=": ("takes no value (all GPUs) or numbers", "got ''", "equals sign"),
    "--gpus=-1": ("takes no value (all GPUs) or numbers", "got '-1'", "equals sign"),
    "--first-seed=9995 --seeds=6": ("lie below 10000", "with 6 seeds ends at 10000", "Begin lower"),
    "--first-seed=5 --seeds=10000": ("lie below 10000", "ends at 10004", "use fewer seeds"),
    "--store=": ("it takes a folder", "got an empty text", "leave the option out"),
    "--out=": ("it takes a folder", "got an empty text", "leave the option out"),
    "--data-root=": ("it takes a folder", "got an empty text", "leave the option out"),
    "--from-measurements=": ("it takes a folder", "got an empty text", "leave the option out"),
    "--out=.runs": ("apart from the store of runs", "got .runs for both", "another folder"),
    "--out=x --store=./x": ("apart from the store of runs", "got x for both", "another folder"),
    "--out=file": ("takes a folder for the report", "file is a file", "another place"),
    "--out=file/in/it": ("takes a folder for the report", "file is a file", "another place"),
    "--store=file": ("takes a folder for runs", "file is a file", "another place"),
    "--data-root=file": ("takes a folder of data sets", "file, which is a file", "Name the folder"),
    "--out=/proc/nowhere": ("can be written", "writing in /proc failed", "with --out=DIR"),
    "--store=/proc/nowhere": ("can be written", "writing in /proc failed", "with --store=DIR"),
    "--from-measurements=cut": ("can be read", "line 1 is not one", "version control"),
    "--from-measurements=foreign": ("must hold measurements", "lacks provenance", "this library"),
    "--from-measurements=listed": ("can be read", "line 1 is not one", "version control"),
    "--runs-per-gpu=0": ("takes a whole number from 1", "got 0.", "Leave it out"),
    "--from-measurements=nowhere": ("a measurements.jsonl in it", "got nowhere", "Try reports"),
}


FOLDERS = {"cut": '{"run": "a", "quan', "foreign": '{"name": "a shop"}', "listed": "[1]"}


def started(folder, *words):
    """The exit code of pytest in this process, which a refused option ends before any session."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "file").write_text("")
    for name, text in FOLDERS.items():
        (folder / name).mkdir()
        (folder / name / "measurements.jsonl").write_text(text + "\n")
    words = [f"--rootdir={folder}", f"-c{folder / 'pytest.ini'}", "-p", "no:cacheprovider", *words]
    return pytest.main([str(folder), *words], plugins=[hooks])


@pytest.mark.parametrize("option", REFUSED)
def test_an_option_that_cannot_be_is_refused_with_what_to_do(option, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.chdir(tmp_path)

    code = started(tmp_path, *option.split())

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


@pytest.mark.parametrize("workers", ["0", "2"])
def test_seeds_that_reach_those_of_pilots_are_refused_before_any_run(project, workers):
    out = project.claims(CLAIMS).pytest("-q", "--first-seed=9995", "-n", workers)

    assert out.code == pytest.ExitCode.USAGE_ERROR
    assert "uses seeds up to 10006. Begin at 9988 or lower." in out.out + out.errors
    assert "INTERNALERROR" not in out.out + out.errors
    assert (project.calls(), (project.folder / "reports").exists()) == ([], False)


def test_a_default_place_that_is_a_file_is_refused_before_any_run(project):
    (project.folder / "reports").write_text("")

    out = project.claims(CLAIMS).pytest("-q")

    assert out.code == pytest.ExitCode.USAGE_ERROR
    assert "--out takes a folder for the report; got reports" in out.errors
    assert project.calls() == []


def test_a_full_disk_is_noticed_before_any_run(tmp_path, monkeypatch):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dltheory.plugin.places.tempfile.TemporaryFile", full)

    with pytest.raises(pytest.UsageError, match=r"with room for .* No space left on device"):
        require_place(tmp_path / "reports", "--out", "the report")
