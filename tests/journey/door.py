"""One more door of an axis that runs, in this process, with settings of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from axis.sdk import Axis as Client
from axis.sdk import ProblemReported
from axis.settings import Settings
from axis.web.app import create_app
from axis.web.reports import RETRY_SECONDS
from axis.web.serving import WebServer, listen
from axis.wiring import Axis, build
from tests.fixtures.running import RunningAxis, Station


@dataclass(frozen=True, slots=True)
class Door:
    """The parts behind a door, where it is, and the clients that knock."""

    first: RunningAxis
    axis: Axis
    url: str
    stack: ExitStack

    def stranger(self, station: Station) -> Client:
        """Return a system's connection to this door that has no token yet."""
        credentials, seal = station.participant.credentials, self.first.ring.seal
        client = Client(self.url, credentials, seal_certificates=seal, clock=self.first.clock)
        return self.stack.enter_context(client)

    def client(self, station: Station) -> Client:
        """Return a system's connection to this door; it has its token already."""
        client = self.stranger(station)
        client.bearer()
        return client


@contextmanager
def door_of(running: RunningAxis, **changes: object) -> Iterator[Door]:
    """Yield a door beside the first, without a worker; `changes` are branches of its settings."""
    with ExitStack() as stack:
        opened = listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{opened.getsockname()[1]}"
        settings: Settings = running.embedded.axis.settings
        web = settings.web.model_copy(update={"public_url": url})
        axis = build(settings.model_copy(update={"web": web, **changes}), clock=running.clock)
        stack.callback(axis.close)
        server = WebServer(create_app(axis), opened)
        server.start()
        stack.callback(server.stop)
        yield Door(running, axis, url, stack)


def comes_again(deed: Callable[[], object]) -> None:
    """Do what cannot be done at the moment: the answer is 503, and says when to come again."""
    with pytest.raises(ProblemReported) as reported:
        deed()
    problem = reported.value.problem
    assert (problem.status, problem.code, problem.retry_after) == (503, "service/unavailable", RETRY_SECONDS)
