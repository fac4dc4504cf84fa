"""Settings tests start from an environment in which nothing of the axis is set."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def no_axis_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away what the machine's own environment says about the axis."""
    for name in list(os.environ):
        if name.upper().startswith("AXIS_"):
            monkeypatch.delenv(name)
