"""`--engine ray`: what is refused before anything is computed, and one small session."""

import os
import signal
import sys
from pathlib import Path

import pytest

from dltheory.plugin import hooks, ray_options
from dltheory.plugin.hooks import SETTINGS

CLAIMS = """
@claim(said("is-counted"), fast=drawn(9.0))
def test_is_counted(measured, judge):
    judge(mean(measured("value")["a"]))

@claim(said("is-trained"), fast=trained())
def test_is_trained(measured, judge):
    accuracy = measured("accuracy on test")
    judge(paired_difference(accuracy["none"], accuracy["decay"]))
"""

REFUSED = {
    ("--engine=ray", "-n2"): ("spreads the runs itself", "got -n 2", "Leave -n out"),
    ("--ray-address=auto",): ("belongs to --engine=ray", "the local engine", "Add --engine=ray"),
    ("--gpu-share=0.5",): ("--gpu-share belongs to --engine=ray", "Add --engine=ray"),
    ("--seeds-per-task=1",): ("--seeds-per-task belongs to --engine=ray", "Add --engine=ray"),
    ("--engine=ray", "--gpu-share=0"): ("above 0 and up to 1", "got 0.", "leave it and --gpus out"),
    ("--engine=ray", "--gpu-share=2"): ("above 0 and up to 1", "got 2.", "0.25 puts four tasks"),
    ("--engine=ray", "--gpu-share=nan"): ("above 0 and up to 1", "got nan", "0.25 puts four"),
    ("--engine=ray", "--seeds-per-task=0"): ("whole number from 1", "got 0.", "Leave it out"),
    ("--engine=ray", "--ray-address=here"): ("HOST:PORT", "got 'here'", "ray start"),
    ("--engine=ray", "--ray-address=ray://a:1"): ("HOST:PORT", "got 'ray://a:1'", "on a node"),
    ("--engine=ray", "--gpus=0,2"): ("takes no value", "got '0,2'", "CUDA_VISIBLE_DEVICES=0,2"),
    ("--engine=ray", "--gpus"): ("needs GPUs that torch can use", "sees 0", "Leave the option"),
    ("--engine=ray", "--gpu-share=0.5"): ("needs GPUs that torch can use", "sees 0", "Leave the"),
}


class Chosen:
    """A plugin that remembers the settings of a session."""

    def pytest_configure(self, config):
        self.settings = config.stash[SETTINGS]


def started(folder, *words, plugins=()):
    """The exit code of pytest in this process, over a folder without tests."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    words = [f"--rootdir={folder}", f"-c{folder / 'pytest.ini'}", "-p", "no:cacheprovider", *words]
    return pytest.main([str(folder), *words], plugins=[hooks, *plugins])


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_an_option_that_cannot_be_is_refused_with_what_to_do(words, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(ray_options, "_require_ray", lambda: None)

    code = started(tmp_path, *words)

    told = capfd.readouterr().err
    assert code == pytest.ExitCode.USAGE_ERROR
    assert [part for part in REFUSED[words] if part not in told] == []


def test_without_ray_the_extra_is_named(tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "ray", None)

    code = started(tmp_path, "--engine=ray")

    told = capfd.readouterr().err
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "--engine=ray needs Ray, which cannot be imported" in told
    assert "pip install 'dltheory[ray]'" in told


def test_judging_measurements_takes_no_engine(tmp_path, monkeypatch, capfd):
    (tmp_path / "measurements.jsonl").write_text("")
    monkeypatch.setattr(ray_options, "_require_ray", lambda: None)

    assert started(tmp_path, f"--from-measurements={tmp_path}", "--engine=ray") == 4
    assert "so --engine=ray has no meaning beside it" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "share"),
    [("", 0.0), ("--gpus", 1.0), ("--gpu-share=0.25", 0.25), ("--gpus --gpu-share=0.5", 0.5)],
)
def test_a_task_needs_the_share_of_a_gpu_that_was_named(words, share, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_options, "_require_ray", lambda: None)
    chosen = Chosen()

    # On a cluster the GPUs are elsewhere, so those of this machine do not count.
    started(tmp_path, "--engine=ray", "--ray-address=head:6379", *words.split(), plugins=[chosen])

    assert chosen.settings.ray.gpu_share == share
    assert chosen.settings.ray.address == "head:6379"
    assert chosen.settings.gpus == ()


# ── one session ───────────────────────────────────────────────────────────────────────────────


def of_this_session(name):
    """Processes whose environment carries the name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if name.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.ray
def test_a_session_on_ray_judges_and_leaves_no_process_behind(project, monkeypatch):
    pytest.importorskip("ray")
    name = f"DLTHEORY_TEST_OF_RAY={os.getpid()}"
    monkeypatch.setenv(*name.split("="))
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # writes no token into the home folder

    out = project.claims(CLAIMS).pytest("-m", "fast", "--engine=ray")

    left = of_this_session(name)
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert left == []
    assert (out.code, out.errors) == (0, "")
    assert (len(project.runs()), len(project.calls())) == (12 + 6, 12)
    assert project.record("is-counted")["verdict"] == "CONFIRMED"
