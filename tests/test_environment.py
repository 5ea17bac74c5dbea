"""The environment record: enough to repeat a run, nothing about who ran it."""

from __future__ import annotations

import getpass
import json
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from scotoma.environment import _cpu_model, _gpu_models, environment, git_commit


def test_it_names_versions_hardware_and_seeds_as_json():
    record = environment({"run": 7})
    assert json.loads(json.dumps(record)) == record
    assert record["seeds"] == {"run": 7}
    assert record["python"] == platform.python_version()
    assert record["packages"]["numpy"] == metadata.version("numpy")
    assert record["cpu_cores"] >= 1


def test_it_names_no_user_host_or_home(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    text = json.dumps(environment({}))
    for private in (str(Path.home()), platform.node(), "sk-very-secret", "API_KEY", f'"{getpass.getuser()}"'):
        assert private not in text


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_commit_of_a_checkout_and_whether_it_was_changed(tmp_path):
    package = tmp_path / "src" / "scotoma"
    package.mkdir(parents=True)
    assert git_commit(package) is None
    (tmp_path / "pyproject.toml").write_text("")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-q", "-m", "first")
    head = _git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "untracked.txt").write_text("a run's folder, say")
    assert git_commit(package) == head
    (tmp_path / "pyproject.toml").write_text("changed")
    assert git_commit(package) == f"{head}+changes"


def test_no_git_is_no_commit(tmp_path, monkeypatch):
    package = tmp_path / "src" / "scotoma"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_commit(package) is None


def test_hardware_is_read_from_what_linux_says(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n")
    assert _cpu_model(cpuinfo) == "Some CPU @ 2 GHz"
    assert _gpu_models(tmp_path / "gpus") == []
    card = tmp_path / "gpus" / "0000:01:00.0"
    card.mkdir(parents=True)
    (card / "information").write_text("Model: \t\t NVIDIA H100\nIRQ: 7\n")
    assert _gpu_models(tmp_path / "gpus") == ["NVIDIA H100"]


@pytest.mark.parametrize("missing", ["torch", "numpy"])
def test_a_missing_package_has_no_version(monkeypatch, missing):
    known = metadata.version

    def version(name: str) -> str:
        if name == missing:
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(metadata, "version", version)
    assert environment({})["packages"][missing] is None
