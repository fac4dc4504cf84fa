"""A module as the laws read it, and the modules and files of this project."""

from __future__ import annotations

import ast
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("axis", "envelopes", "migrations", "routing", "signing", "storage")
LEFT_BY_TOOLS = {".git", ".hypothesis", ".venv", "__pycache__", "build", "demo-out", "dist", "var"}


@dataclass(frozen=True)
class Module:
    """Python source with the path it has, or would have, in the project."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def is_product(self) -> bool:
        return self.path.parts[0] in FLOORS

    def is_in(self, *places: str) -> bool:
        """Whether the path lies in a folder (`storage/`) or matches a file pattern (`axis/workers/*.py`)."""
        return any(
            self.path.is_relative_to(place) if place.endswith("/") else self.path.match(place) for place in places
        )


def project_files() -> tuple[PurePosixPath, ...]:
    """The files that git tracks or would track; where there is no git, all but what tools leave behind."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
    except (FileNotFoundError, subprocess.CalledProcessError):
        listing = _walk()
    return tuple(PurePosixPath(name) for name in sorted(listing) if name and (ROOT / name).is_file())


def project_modules() -> tuple[Module, ...]:
    """All Python of the project, scripts and tests included."""
    return tuple(Module(path, (ROOT / path).read_text("utf-8")) for path in project_files() if path.suffix == ".py")


def _walk() -> list[str]:
    found: list[str] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not (name in LEFT_BY_TOOLS or name.endswith(("_cache", ".egg-info")))]
        found += [str((Path(folder) / name).relative_to(ROOT)) for name in names]
    return found
