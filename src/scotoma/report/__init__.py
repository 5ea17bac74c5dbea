"""run folder -> run/report/index.html: what the candidate gets wrong, in one page that opens offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scotoma.analysis.summary import Summary
    from scotoma.report.source import RunRecord

__all__ = ["report_path", "write_report"]


def report_path(run_dir: Path) -> Path:
    """Where the report of a run lies."""
    return run_dir / "report" / "index.html"


def write_report(record: RunRecord, summary: Summary | None = None, out: Path | None = None) -> Path:
    """Write the report of a run (see `load_run`), whole or not at all, and give back its path.

    summary: if it is known already.  out: the file; by default `report_path`. Raises OSError as the disk has
             it.
    """
    from scotoma.report.page import render_page

    path = out or report_path(record.run_dir)
    page = render_page(record, summary)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text(page, encoding="utf-8")
    partial.replace(path)
    return path
