"""An axis of fakes behind the real web application."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import structlog

from axis.clock import SettableClock
from axis.logs import configure_logs
from axis.web.app import create_app
from tests.axis.web.calling import bearer
from tests.axis.web.country import NOW
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import Logged, in_process


@pytest.fixture
def axis() -> FakeAxis:
    return FakeAxis()


@pytest.fixture
def client(axis: FakeAxis) -> Iterator[httpx.Client]:
    """A client of the application."""
    with in_process(create_app(axis)) as client:
        yield client


@pytest.fixture
def ministry(client: httpx.Client, axis: FakeAxis) -> dict[str, str]:
    """The headers of the ministry's system."""
    return bearer(client, axis, "vpcp")


@pytest.fixture
def province(client: httpx.Client, axis: FakeAxis) -> dict[str, str]:
    """The headers of province A's system."""
    return bearer(client, axis, "tinh-a")


@pytest.fixture
def stranger(client: httpx.Client, axis: FakeAxis) -> dict[str, str]:
    """The headers of a system that has nothing to do with any of it."""
    return bearer(client, axis, "tinh-b")


@pytest.fixture(autouse=True)
def logged() -> Iterator[Logged]:
    """What was logged so far; an event that is not in the catalogue is an error."""
    stream = Logged()
    configure_logs(SettableClock(NOW), stream, is_strict=True)
    yield stream
    structlog.reset_defaults()
