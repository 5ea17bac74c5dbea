"""The public names: all there, none forgotten, and importing the package stays cheap."""

from __future__ import annotations

import subprocess
import sys

import scotoma

NAMES = (
    "Answer DiscoverConfig Image Ledger Probe Question RunSummary SKILLS ScotomaError Verdict discover "
    "load_config resume"
).split()


def test_the_public_names() -> None:
    assert sorted(scotoma.__all__) == sorted(NAMES)
    for name in NAMES:
        assert getattr(scotoma, name) is not None


def test_discover_is_a_function_whatever_was_imported_before() -> None:
    code = "import scotoma.cli, scotoma.discovery; from scotoma import discover; assert callable(discover), discover"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, scotoma, scotoma.cli; print([m for m in ('torch', 'numpy', 'trl') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.strip() == "[]"
