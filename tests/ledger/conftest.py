"""What the ledger's tests share: a fresh run, and a moment without root's rights."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scotoma.ledger import Ledger
from scotoma.records import Image


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def ledger(run_dir: Path) -> Iterator[Ledger]:
    with Ledger.create(run_dir, {"seed": 7}, {"python": "3.11"}) as fresh:
        fresh.add_images([Image("i0", "test", 8, 8, "test:0")])
        yield fresh


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter, unlike tmp_path."""
    folder = Path(tempfile.mkdtemp(prefix="scotoma-test-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def as_nobody() -> Iterator[None]:
    """Permissions do not stop root: be the user `nobody` for the length of a test."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
