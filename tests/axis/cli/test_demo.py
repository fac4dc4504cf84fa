"""`axis demo` where its authorities cannot be had; what it does otherwise is shown in tests/axis/demo."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from axis.cli.exits import ExitCode
from tests.axis.cli.conftest import Axis

LOADED = ("axis.demo.journey", "axis.demo.pki", "certomancer")
"""What other tests may have loaded already."""


def test_without_the_extra_it_says_which_is_missing(
    axis: Axis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [one for one in sys.modules if one.startswith(LOADED)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("axis.demo.journey", raising=False)
    monkeypatch.setitem(sys.modules, "certomancer", None)
    ran = axis("demo", "--folder", str(tmp_path))
    assert ran.code is ExitCode.UNREACHABLE
    assert "the extra `embedded` is not installed" in ran.err
    assert list(tmp_path.iterdir()) == []
