"""`axis serve` or `axis worker` on a clock that somebody puts wrong: `python -m tests.chaos.jumping FILE COMMAND`.

The file holds by how many seconds the clock is wrong; without it, it is right.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from axis import wiring
from axis.cli.main import run
from axis.clock import SystemClock


def seen_beside(file: Path) -> Path:
    """Return the file that is there once somebody asked a clock that is wrong."""
    return file.with_suffix(".seen")


def main(file: Path, command: str) -> None:
    """Run the command as if it had been typed."""
    seen = seen_beside(file)

    class JumpingClock(SystemClock):
        """The machine's clock, and what is in the file."""

        def now(self) -> datetime:
            try:
                wrong = float(file.read_text("ascii") or 0)
                if wrong and not seen.exists():
                    seen.touch()
            except FileNotFoundError:
                wrong = 0.0
            return super().now() + timedelta(seconds=wrong)

    setattr(wiring, "SystemClock", JumpingClock)  # noqa: B010  a name that the module only imports
    sys.argv = ["axis", command]
    run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
