"""A run's configuration: file and flags, defaults that hold, and one line for each mistake."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.config import DiscoverConfig, load_config
from scotoma.errors import SpecError
from scotoma.ledger.files import read_config, write_config


def test_flags_win_over_the_file_and_the_file_over_the_defaults(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('engine = "static"\nseed = 3\nw_fail = 2\nimages = "tabletop:n=10"\n')
    config = load_config(file, {"seed": 5, "engine": None, "max_minutes": 2.5})
    assert (config.engine, config.seed, config.w_fail, config.images) == ("static", 5, 2.0, "tabletop:n=10")
    assert config.max_minutes == 2.5
    assert config.group_size == DiscoverConfig().group_size


def test_a_configuration_survives_the_run_folder(tmp_path):
    config = load_config(None, {"max_calls": 20_000, "out": "runs/x", "kl_beta": 0.04})
    write_config(tmp_path, config.model_dump())
    assert load_config(None, read_config(tmp_path)) == config


def test_every_field_says_what_it_is_and_its_default_is_allowed():
    for name, field in DiscoverConfig.model_fields.items():
        assert field.description, name
        assert load_config(None, {name: field.default}) == DiscoverConfig()


def test_it_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        DiscoverConfig().seed = 1


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"seed": -1}, "seed = -1: allowed is at least 0"),
        ({"seed": 2**31}, f"seed = {2**31}: allowed is less than {2**31}"),
        ({"seed": 1.5}, "seed = 1.5: allowed is a whole number"),
        ({"seed": "7"}, "seed = '7': allowed is a whole number"),
        ({"engine": "ppo"}, "engine = 'ppo': allowed is 'grpo', 'bandit', 'feedback', 'static' or 'random'"),
        ({"scale_rewards": "both"}, "scale_rewards = 'both': allowed is 'sum_then_normalize', "),
        ({"group_size": 1}, "group_size = 1: allowed is at least 2"),
        ({"max_calls": 0}, "max_calls = 0: allowed is at least 1"),
        ({"max_minutes": 0.0}, "max_minutes = 0.0: allowed is more than 0.0"),
        ({"learning_rate": float("inf")}, "learning_rate = inf: allowed is"),
        ({"w_mix": float("nan")}, "w_mix = nan: allowed is a finite number"),
        ({"w_mix": "lots"}, "w_mix = 'lots': allowed is a number"),
        ({"images": 7}, "images = 7: allowed is a text"),
        ({"images": "tabletop:n=0"}, "images = 'tabletop:n=0': 'tabletop:n=0': n='0': allowed is 1 to"),
        ({"candidate": "gpt"}, "candidate = 'gpt': unknown candidate 'gpt': known are mini, mini:half"),
        ({"out": ""}, "out = '': allowed is the path of a folder"),
        ({"sed": 1}, "unknown field 'sed': did you mean seed?"),
        ({"qqqqqq": 1}, "unknown field 'qqqqqq': known are images, candidate"),
    ],
)
def test_a_bad_value_is_told_in_one_line(flags, told):
    with pytest.raises(SpecError, match=re.escape(told)) as caught:
        load_config(None, flags)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"seed = ", "broken TOML"),
        (b"\xff\xfe", "broken TOML"),
        (b"[seed]\na = 1\n", "seed = .*: allowed is a whole"),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path, content, told):
    file = tmp_path / "run.toml"
    file.write_bytes(content)
    with pytest.raises(SpecError, match=told) as caught:
        load_config(file)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told_in_one_line(tmp_path):
    with pytest.raises(SpecError, match="No such file or directory"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(SpecError, match="Is a directory"):
        load_config(tmp_path)


@given(
    st.dictionaries(
        st.sampled_from([*DiscoverConfig.model_fields, "unknown"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=30)
        | st.lists(st.integers(), max_size=2),
        max_size=4,
    )
)
def test_any_values_are_a_configuration_or_one_line(flags):
    try:
        config = load_config(None, flags)
    except SpecError as error:
        assert "\n" not in str(error)
    else:
        assert load_config(None, config.model_dump()) == config
