"""Metrics of a step -> one line for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

_COLUMNS = (
    ("step", "step", "{:>4.0f}"),
    ("reward", "reward", "{:+.2f}"),
    ("reward/failure", "fail", "{:+.2f}"),
    ("reward/novelty_sem", "sem", "{:.2f}"),
    ("reward/novelty_lex", "lex", "{:.2f}"),
    ("reward/novelty_mix", "mix", "{:.2f}"),
    ("valid_share", "valid", "{:.0%}"),
    ("fdr_asked", "FDR asked", "{:.0%}"),
    ("fdr_valid", "FDR valid", "{:.0%}"),
    ("skills", "skills", "{:.2f}"),
    ("new_compositions", "new", "{:.0f}"),
    ("compositions", "comps", "{:.0f}"),
    ("self_bleu", "sBLEU", "{:.2f}"),
    ("kl", "KL", "{:.3f}"),
    ("entropy", "H", "{:.2f}"),
)
_SECONDS = "seconds/"


def step_line(metrics: Mapping[str, float]) -> str:
    """The metrics of a step in one line; what is missing is left out.

    >>> step_line({"step": 3, "valid_share": 0.9, "seconds/ask": 0.5})
    'step    3 · valid 90% · 0.5 s (ask 0.5)'
    """
    parts = [f"{label} {form.format(metrics[name])}" for name, label, form in _COLUMNS if name in metrics]
    seconds = {
        name.removeprefix(_SECONDS): value for name, value in metrics.items() if name.startswith(_SECONDS)
    }
    if seconds:
        shares = " ".join(f"{name} {value:.1f}" for name, value in seconds.items() if value >= 0.05)
        parts.append(f"{sum(seconds.values()):.1f} s" + (f" ({shares})" if shares else ""))
    return " · ".join(parts)
