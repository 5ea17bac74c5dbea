"""Usage and errors: one line, exit code 2, no traceback; help is fast and complete."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.cli import main
from scotoma.cli.faults import one_line
from scotoma.cli.options import SETTABLE, read_settings
from scotoma.cli.terminal import clean
from scotoma.config import DiscoverConfig
from scotoma.errors import LedgerError, ScotomaError, SpecError
from scotoma.report.provenance import OPTIONS


def failed_with(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must fail; give its one line."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


# ---- usage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["discover", "--nonsense"], "No such option"),
        (["discover", "--seed", "many"], "--seed"),
        (["discover", "--seed"], "--seed"),
        (["discover", "stray"], "stray"),
        (["nonsense"], "nonsense"),
        (["report"], "RUN"),
        (["images"], "images --help"),
        (["images", "tabletop"], "--out"),
        (["images", "tabletop", "--out", "x", "--n", "0"], "--n"),
    ],
)
def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    assert told in failed_with(capsys, *arguments)


def test_nothing_asked_for_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    for name in ("discover", "resume", "report", "runs", "images", "Exit codes"):
        assert name in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("scotoma 0")


def test_help_of_discover_names_every_field_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "scotoma discover --max-calls 2000" in shown
    for name in DiscoverConfig.model_fields:
        assert f"--{name.replace('_', '-')}" in shown or name in shown, name


def test_every_field_can_be_given_in_exactly_one_way() -> None:
    assert sorted([*SETTABLE.split(", "), *OPTIONS]) == sorted(DiscoverConfig.model_fields)


def test_help_does_not_load_the_heavy_libraries() -> None:
    script = (
        "import sys; from scotoma.cli import main; main(['discover', '--help']); "
        "print(sorted({'torch', 'transformers', 'trl', 'scipy', 'PIL', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# ---- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--candidate", "gpt"], "unknown candidate 'gpt'"),
        (["--images", "moon"], "unknown image source 'moon'"),
        (["--engine", "magic"], "engine = 'magic'"),
        (["--set", "nonsense=1"], "unknown field 'nonsense'"),
        (["--set", "learning_rate"], "write FIELD=VALUE"),
        (["--set", "w_mix=0.1", "--set", "w_mix=0.2"], "given twice"),
        (["--set", "w_mix=lots"], "w_mix = 'lots'"),
        (["--config", "missing.toml"], "missing.toml"),
        (["--max-calls", "0"], "max_calls = 0"),
        (["--max-minutes", "nan"], "max_minutes"),
        (["--resume", "nowhere", "--seed", "1"], "--seed cannot change a run that is resumed"),
        (["--resume", "nowhere"], "nowhere"),
        (["--images", "./missing"], "missing"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told in failed_with(capsys, "discover", *arguments)


def test_broken_toml_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("seed = = 3\n")
    told = failed_with(capsys, "discover", "--config", str(file))
    assert "broken TOML" in told


def test_an_empty_image_folder_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    out = str(tmp_path / "run")
    told = failed_with(capsys, "discover", "--images", str(tmp_path / "pictures"), "--out", out)
    assert "no readable image" in told


@pytest.mark.parametrize("command", [["report", "{}"], ["resume", "{}"], ["runs", "{}/none"]])
def test_a_folder_that_is_no_run_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: list[str]
) -> None:
    told = failed_with(capsys, *(part.format(tmp_path) for part in command))
    assert str(tmp_path) in told


def test_an_output_folder_that_is_full_of_other_things(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    told = failed_with(capsys, "images", "tabletop", "--n", "1", "--out", str(tmp_path))
    assert "not empty" in told
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_the_real_command_ends_with_2_and_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scotoma.cli", "report", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    with pytest.raises(LedgerError):
        main(["report", str(tmp_path), "--debug"])


# ---- one line -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "/data/x: the disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/data"), "/data: this disk is read-only"),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "/data: permission denied"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (SpecError("broken\nTOML"), "broken TOML"),
        (ScotomaError("\x1b[31mred"), "\\x1b[31mred"),
    ],
)
def test_an_error_says_what_to_do_in_one_line(error: Exception, told: str) -> None:
    assert one_line(error).startswith(told)


@given(st.text())
def test_cleaned_text_is_one_printable_line(text: str) -> None:
    shown = clean(text)
    assert shown.isprintable()
    assert "\x1b" not in shown
    assert clean(shown) == shown


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"])))
def test_plain_text_passes_unchanged(text: str) -> None:
    assert clean(text) == text


def test_settings_are_toml_or_text() -> None:
    read = read_settings(
        ["learning-rate=3e-5", "w_mix = 1", "loss=grpo", 'candidate_prompt="a=b"', "tuning="]
    )
    assert read == {
        "learning_rate": 3e-5,
        "w_mix": 1,
        "loss": "grpo",
        "candidate_prompt": "a=b",
        "tuning": "",
    }


def test_settings_stay_one_field() -> None:
    """A value cannot smuggle a second field in."""
    assert read_settings(["loss=1\nseed = 2"]) == {"loss": "1\nseed = 2"}


def test_json_of_an_empty_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["runs", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": []}
