"""The mesh pack, its catalogue and the primitives."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest
from numpy.typing import NDArray

from scotoma.errors import AssetError
from scotoma.tabletop.meshes import PRIMITIVES, SIGN_SIZE, Mesh, MeshModel, catalogue, load_mesh, primitive

ASSETS = files("scotoma") / "assets" / "meshes"
MODELS = catalogue().models
MODEL_NAMES = [model.name for model in MODELS]
PROCEDURAL = {"cube", "sphere", "cylinder", "cone", "sign"}
MAX_PACK_BYTES = 8_000_000


def check_mesh(mesh: Mesh, tolerance: float) -> tuple[float, ...]:
    """Assert what holds for every mesh; returns its extent."""
    vertices = len(mesh.position)
    assert mesh.position.dtype == mesh.normal.dtype == mesh.luminance.dtype == np.float32
    assert mesh.index.dtype == np.uint32
    assert mesh.position.shape == mesh.normal.shape == (vertices, 3)
    assert mesh.luminance.shape == (vertices,)
    assert mesh.index.ndim == 2 and mesh.index.shape[1] == 3
    assert mesh.index.max() < vertices
    assert np.isfinite(mesh.position).all()
    low, high = mesh.position.min(0), mesh.position.max(0)
    assert (high - low).max() == pytest.approx(1.0, abs=tolerance)
    assert low[2] == pytest.approx(0.0, abs=tolerance)
    assert np.abs((low + high)[:2] / 2).max() == pytest.approx(0.0, abs=tolerance)
    assert np.linalg.norm(mesh.normal, axis=1) == pytest.approx(1.0, abs=1e-3)
    return tuple(float(extent) for extent in high - low)


def face_areas(mesh: Mesh) -> NDArray[np.float64]:
    """The area of each triangle."""
    corner = mesh.position[mesh.index]
    doubled: NDArray[np.float64] = np.linalg.norm(
        np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1
    )
    return doubled / 2


def test_the_catalogue_is_large_enough_and_consistent() -> None:
    words = catalogue()
    in_pack = {model.category for model in MODELS}
    assert len(MODELS) >= 44 and len(set(MODEL_NAMES)) == len(MODELS)
    assert 30 <= len(in_pack) <= 36
    assert in_pack | PROCEDURAL == set(words.categories)
    assert 8 <= len(set(words.families) - {"block", "sign"}) <= 11
    for category in words.categories:
        assert words.family_of(category) in words.families
        assert bool(words.models_of(category)) is (category not in PROCEDURAL)
    for family in set(words.families) - {"sign"}:
        assert len(words.categories_in(family)) >= 2
    assert words.categories_in("block") == ("cube", "sphere", "cylinder", "cone")


def test_no_word_means_two_things() -> None:
    words = catalogue()
    said = [name for info in words.categories.values() for name in (info.singular, *info.synonyms)]
    families = [noun.singular for name, noun in words.families.items() if name != "sign"]
    assert len(set(said + families)) == len(said + families)
    assert all(
        1 <= len(category.split()) <= 2 and category == category.lower() for category in words.categories
    )


def test_the_words_load_without_numpy() -> None:
    code = "import sys, scotoma.tabletop.meshes as m; m.catalogue(); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_a_packed_mesh_is_upright_unit_sized_and_paintable(model: MeshModel) -> None:
    mesh = load_mesh(model.name)
    assert check_mesh(mesh, tolerance=2e-3) == pytest.approx(model.size, abs=2e-3)
    assert 500 <= len(mesh.index) <= 4000
    areas = face_areas(mesh)
    mean = float((mesh.luminance[mesh.index].mean(1) * areas).sum() / areas.sum())
    assert mean == pytest.approx(0.75, abs=0.03)
    assert mesh.luminance.min() >= 0.25 - 1 / 255 and mesh.luminance.max() <= 1.0


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_is_closed_and_wound_outwards(name: str) -> None:
    mesh = primitive(name)
    extent = check_mesh(mesh, tolerance=1e-6)
    assert extent == pytest.approx(SIGN_SIZE if name == "sign" else (1.0, 1.0, 1.0), abs=1e-6)
    assert (mesh.luminance == 1).all()
    corner = mesh.position[mesh.index].astype(np.float64)
    volume = float(np.einsum("fk,fk->", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])) / 6)
    exact = {"cube": 1.0, "sphere": np.pi / 6, "cylinder": np.pi / 4, "cone": np.pi / 12, "sign": 0.084}[name]
    assert volume == pytest.approx(exact, rel=0.02)
    outward = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    assert (np.einsum("fk,fck->fc", outward, mesh.normal[mesh.index]) > 0).all()
    assert (load_mesh(name).index == mesh.index).all()


def test_an_unknown_mesh_is_an_asset_error() -> None:
    with pytest.raises(AssetError, match="unicorn"):
        load_mesh("unicorn")
    with pytest.raises(AssetError, match="torus"):
        primitive("torus")


def test_the_pack_is_small_and_every_model_has_its_provenance() -> None:
    provenance = (ASSETS / "PROVENANCE.md").read_text(encoding="utf-8").splitlines()
    assert len((ASSETS / "pack.npz").read_bytes()) <= MAX_PACK_BYTES
    for model in MODELS:
        rows = [line for line in provenance if line.startswith(f"| {model.name} | {model.category} |")]
        assert len(rows) == 1 and rows[0].endswith("| CC0-1.0 |")
    assert "publicdomain/zero/1.0" in (ASSETS / "LICENSE.CC0.txt").read_text(encoding="utf-8")


def test_every_model_is_cc0_and_from_the_cc0_library() -> None:
    rows = json.loads((ASSETS / "index.json").read_text(encoding="utf-8"))["models"]
    assert {row["license"] for row in rows} == {"CC0-1.0"}
    assert all(row["source"].startswith("Blend Swap CC-0#") and row["creator"] for row in rows)
    assert {name.split("/")[0] for name in np.load(str(ASSETS / "pack.npz")).files} == set(MODEL_NAMES)
