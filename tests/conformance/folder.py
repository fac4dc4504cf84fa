"""Where the vectors are that nobody here wrote; they stay outside of the project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FOLDER: Final = Path(os.environ.get("AXIS_CONFORMANCE", "../shared/conformance"))
"""What `AXIS_CONFORMANCE` names."""

ABSENT: Final = f"no vectors in {FOLDER} (AXIS_CONFORMANCE)"
"""The one line that is said where there are none."""


def has(name: str) -> bool:
    """Return whether a file or folder of the vectors is there."""
    return (FOLDER / name).exists()
