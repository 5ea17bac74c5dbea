"""What the tests of whole runs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import scene_folder


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_folder(tmp_path_factory.mktemp("scenes") / "images", 40)
