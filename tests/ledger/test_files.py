"""config.toml, environment.json, metrics and state: what is written is what is read, and no secret is."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scotoma.errors import LedgerError
from scotoma.ledger import Ledger, StepMetrics
from scotoma.ledger.files import read_config, read_environment, write_config, write_environment

VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(["images", "seed", "key_env", "weights", "a b", ""]), VALUES))
def test_a_configuration_reads_back(config):
    with tempfile.TemporaryDirectory() as folder:
        write_config(Path(folder), config)
        assert read_config(Path(folder)) == config


def test_what_is_none_is_left_out_of_the_configuration(run_dir):
    with Ledger.create(
        run_dir, {"seed": 1, "max_calls": None, "rewards": {"w_fail": 1.0, "w_mix": None}}, {}
    ) as ledger:
        assert ledger.config() == {"seed": 1, "rewards": {"w_fail": 1.0}}


@pytest.mark.parametrize(
    "name", ["api_key", "OPENAI_API_KEY", "key", "apikey", "secret", "password", "hf_token", "Authorization"]
)
def test_a_secret_is_refused_at_any_depth_before_anything_is_written(run_dir, name):
    for config in ({name: "sk-1"}, {"candidate": [{"deep": {name: "sk-1"}}]}):
        with pytest.raises(LedgerError, match="looks like a secret") as caught:
            Ledger.create(run_dir, config, {})
        assert "sk-1" not in str(caught.value)
        assert not run_dir.exists()


def test_the_name_of_a_variable_and_a_number_of_tokens_are_no_secrets(run_dir):
    config = {"key_env": "OPENAI_API_KEY", "max_new_tokens": 12}
    with Ledger.create(run_dir, config, {"torch": "2.13.0", "seeds": {"run": 7}}) as ledger:
        assert ledger.config() == config
        assert ledger.environment() == {"torch": "2.13.0", "seeds": {"run": 7}}


def test_what_is_not_json_is_refused(run_dir):
    with pytest.raises(LedgerError, match="configuration cannot be stored"):
        Ledger.create(run_dir, {"seed": object()}, {})


def test_broken_files_say_so(tmp_path):
    write_environment(tmp_path, {})
    (tmp_path / "environment.json").write_text("{")
    (tmp_path / "config.toml").write_text("= =")
    with pytest.raises(LedgerError, match="broken JSON"):
        read_environment(tmp_path)
    with pytest.raises(LedgerError, match="broken TOML"):
        read_config(tmp_path)


def test_metrics_by_step(ledger):
    ledger.add_metrics(2, {"fdr": 0.5, "valid": 0.9})
    ledger.add_metrics(1, {"fdr": 0.25})
    ledger.add_metrics(2, {"seconds": 1.5, "fdr": 0.5})
    assert ledger.metrics() == [
        StepMetrics(1, {"fdr": 0.25}),
        StepMetrics(2, {"fdr": 0.5, "valid": 0.9, "seconds": 1.5}),
    ]
    with pytest.raises(LedgerError, match="metric 'fdr' of step 2 is stored already"):
        ledger.add_metrics(2, {"more": 1.0, "fdr": 0.75})
    assert ledger.metrics()[1].values.keys() == {"fdr", "valid", "seconds"}


def test_a_metric_may_be_infinite_or_no_number_and_set_aside(ledger):
    ledger.add_metrics(1, {"grad_norm": math.nan, "loss": -math.inf})
    ledger.add_metrics(1, {"grad_norm": math.nan})
    values = ledger.metrics()[0].values
    assert math.isnan(values["grad_norm"])
    assert values["loss"] == -math.inf
    ledger.drop_after(0)
    assert ledger.metrics() == []


def test_state_is_what_was_set_last(ledger, run_dir):
    assert ledger.state("checkpoint") is None
    ledger.set_state("checkpoint", 10)
    ledger.set_state("checkpoint", {"step": 20, "path": "checkpoints/20", "done": False})
    ledger.close()
    with Ledger.open(run_dir, readonly=True) as reader:
        assert reader.state("checkpoint") == {"step": 20, "path": "checkpoints/20", "done": False}
