"""One log line for each request, and the count of refused submissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from axis.logs import LogEvent, logger
from axis.metrics import Metrics
from axis.web.problems import PROBLEM_STATE
from axis.web.reports import Report

SYSTEM_STATE: Final = "system"
"""Where the scope's state holds the id of the calling system once it is known."""

SUBMISSION: Final = ("POST", "/v1/envelopes")

_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Asked every few seconds by machines that watch; only their failures are worth a line."""


class Journal:
    """Writes what was asked, by whom, and how it ended; of the address the template, which holds no identifier."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, stopwatch: Callable[[], float]) -> None:
        self._app = app
        self._metrics = metrics
        self._stopwatch = stopwatch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and note how it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = self._stopwatch(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._write(scope, status, seconds=self._stopwatch() - began)

    def _write(self, scope: Scope, status: int, *, seconds: float) -> None:
        path = getattr(scope.get("route"), "path", None)
        state = scope.get("state", {})
        report: Report | None = state.get(PROBLEM_STATE)
        # A refusal with evidence was counted where it was recorded.
        if report is not None and (scope["method"], path) == SUBMISSION and "evidence_id" not in report.members:
            self._metrics.count_refused(report.type.code)
        if report is None and path in _QUIET:
            return
        logger.info(
            LogEvent.REQUEST_SERVED,
            method=scope["method"],
            path=path,
            status=status,
            code=None if report is None else report.type.code,
            system=state.get(SYSTEM_STATE),
            seconds=round(seconds, 4),
        )
