"""`scotoma check`: tables, lines, JSON, exit codes; nothing of a model moves a terminal."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from hostile import Server, answering
from scotoma.checking import check_specs
from scotoma.cli import main
from scotoma.cli.check import print_checks

NASTY = "red\x1b[31m[bold]\n\u202egnirts"


def test_lines_in_a_pipe_and_exit_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    with Server(answering(lambda asked: NASTY)) as server:
        assert main(["check", server.spec(), "oracle"]) == 0
        spec = server.spec()
    shown = capsys.readouterr()
    assert shown.err == ""
    lines = shown.out.splitlines()
    assert f"{spec}: reached: yes" in lines
    assert f"{spec}: answered: red\\x1b[31m[bold] \\u202egnirts" in lines
    assert (
        f"{spec}: samples: no: 3 texts at temperature 1 were the same: it may ignore the temperature" in lines
    )
    assert any(line.startswith(f"{spec}: price: unknown") for line in lines)
    assert "oracle: reached: yes" in lines
    assert all(line.startswith((spec, "oracle")) for line in lines)
    assert "\x1b" not in shown.out


def test_one_that_is_not_reached_makes_it_2_and_the_others_are_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "oracle", "gpt", "exact"]) == 2
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "oracle: reached: yes" in shown.out
    assert "gpt: reached: no: unknown model 'gpt'" in shown.out
    assert "exact: reached: yes" in shown.out


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with Server(answering(lambda asked: NASTY)) as server:
        assert main(["check", server.spec(price_in=1, price_out=2), "moon", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["reached"] is False
    there, moon = told["checked"]
    assert (there["reached"], there["answer"], there["sees"]["found"]) == (True, NASTY, True)
    assert (there["bill"]["price_in"], there["bill"]["price_out"]) == (1.0, 2.0)
    assert there["bill"]["cost_usd"] > 0
    assert (moon["reached"], moon["kind"], moon["bill"]) == (False, "unknown", None)


def test_tables_on_a_terminal() -> None:
    with Server(answering(lambda asked: NASTY)) as server:
        found = check_specs([server.spec(), "oracle"])
    file = io.StringIO()
    print_checks(Console(file=file, force_terminal=True, width=80, color_system=None, markup=False), found)
    shown = file.getvalue()
    assert "answers about a picture" in shown
    assert "\\x1b[31m[bold] \\u202egnirts" in shown
    assert "\x1b[31m" not in shown


def test_no_spec_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 2
    assert "SPEC" in capsys.readouterr().err
