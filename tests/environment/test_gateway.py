"""The script that starts a real S3 store ends what it started, and nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.architecture.source import ROOT

SCRIPT = ROOT / "scripts" / "gateway"


def test_a_process_that_has_the_number_of_one_that_was_started_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "gateway"
    (folder / "run").mkdir(parents=True)
    (folder / "run" / "osd.0.pid").write_text(str(os.getpid()))
    (folder / "run" / "mon.a.pid").write_text("none")
    subprocess.run([SCRIPT, "down", folder], check=True, timeout=60)
    assert not folder.exists()
    subprocess.run([SCRIPT, "down", folder], check=True, timeout=60)
