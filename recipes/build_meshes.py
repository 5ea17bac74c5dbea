"""BlendSwap-CC-0.sh3f -> the tabletop's mesh pack (`src/scotoma/assets/meshes/`).

    python recipes/build_meshes.py [--source FILE.sh3f] [--out FOLDER] [--sheet PICTURE.png]

Needs numpy, pillow and meshoptimizer; moderngl too with --sheet. The same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zipfile
from pathlib import Path

from meshes.convert import convert
from meshes.library import Library, LibraryError
from meshes.pack import Converted, write_pack
from meshes.selection import CHOICES, Choice

DEFAULT_SOURCE = Path("/usr/share/sweethome3d/furniture/BlendSwap-CC-0.sh3f")
DEFAULT_OUT = Path(__file__).resolve().parent.parent / "src" / "scotoma" / "assets" / "meshes"
SHEET_COLOURS = 128


def main() -> int:
    """Build the pack; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the tabletop's meshes from Debian's CC0 furniture.")
    parser.add_argument("--source", type=Path, default=DEFAULT_SOURCE, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="default: the package's assets")
    parser.add_argument("--sheet", type=Path, help="also draw a contact sheet to this PNG")
    parser.add_argument("--yaw-deg", type=float, default=0.0, help="the sheet's camera (0: in front)")
    arguments = parser.parse_args()
    if not arguments.source.is_file():
        print(f"no {arguments.source}: install the Debian package sweethome3d-furniture", file=sys.stderr)
        return 2
    try:
        with zipfile.ZipFile(arguments.source) as archive:
            library = Library(archive)
            converted = [_convert(library, choice) for choice in CHOICES]
    except LibraryError as error:
        print(f"{arguments.source}: {error}", file=sys.stderr)
        return 1
    write_pack(converted, hashlib.sha256(arguments.source.read_bytes()).hexdigest(), arguments.out)
    triangles = sum(len(item.mesh.index) for item in converted)
    size_kb = (arguments.out / "pack.npz").stat().st_size / 1000
    print(f"{len(converted)} models, {triangles} triangles, {size_kb:.0f} kB in {arguments.out}")
    if arguments.sheet:
        _draw_sheet(converted, arguments.sheet, arguments.yaw_deg)
    return 0


def _convert(library: Library, choice: Choice) -> Converted:
    """Convert one choice, after checking that its own notice says CC0."""
    if choice.number not in library.entries:
        raise LibraryError(f"the catalogue has no model {choice.number} ({choice.model})")
    entry = library.entries[choice.number]
    notice = library.licence_notice(entry)
    if "Creative Commons Zero" not in notice or "Creative Commons Attribution" in notice:
        raise LibraryError(f"{entry.source} ({choice.model}) has no CC0 notice of its own")
    soup, materials = library.soup(entry)
    return Converted(choice=choice, entry=entry, notice=notice, mesh=convert(entry, soup, materials, choice))


def _draw_sheet(converted: list[Converted], path: Path, yaw_deg: float) -> None:
    from meshes.preview import contact_sheet  # needs OpenGL, which building the pack does not

    labelled = {
        item.choice.model + ("" if item.choice.has_front else " (no front)"): item.mesh for item in converted
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(labelled, yaw_deg=yaw_deg).quantize(SHEET_COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
