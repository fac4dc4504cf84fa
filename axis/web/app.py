"""The web application, put together from its parts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from axis.web import health
from axis.web.access_tokens import AccessTokens
from axis.web.announced import announced_limits
from axis.web.api import about, deliveries, directory, envelopes, evidences, leases, tokens, uploads
from axis.web.correlation import Correlation
from axis.web.documentation import describe
from axis.web.door import Door
from axis.web.downloads import Downloads
from axis.web.headers import SecurityHeaders, UnreadBodies
from axis.web.identity import Identity
from axis.web.journal import Journal
from axis.web.limits import RateLimiter, VerificationGate
from axis.web.places import Places
from axis.web.ports import WebParts
from axis.web.problem_codes import ProblemCode
from axis.web.problems import ProblemSeam, add_problem_handlers
from axis.web.spool import BUNDLES, BUNDLES_PER_SYSTEM, UPLOADS, UPLOADS_PER_SYSTEM
from axis.web.waiting import WaitingRoom

_ROUTERS: Final = (
    tokens.router,
    envelopes.router,
    uploads.router,
    leases.router,
    deliveries.router,
    evidences.router,
    directory.router,
    about.router,
    health.router,
)

Stopwatch = Callable[[], float]


def create_app(axis: WebParts, *, stopwatch: Stopwatch = time.monotonic) -> FastAPI:
    """Return the application, ready to be served. `app.state.door.room.close()` lets a process that ends go at once."""
    door = _door(axis, stopwatch)
    app = FastAPI(
        openapi_url="/openapi.json",
        docs_url=None,  # the page would load its scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(door),
    )
    app.state.door = door
    for router in _ROUTERS:
        app.include_router(router)
    add_problem_handlers(app)
    _add_layers(app, axis, stopwatch=stopwatch)
    app.openapi = describe(app)  # type: ignore[method-assign]
    return app


def _door(axis: WebParts, stopwatch: Stopwatch) -> Door:
    settings = axis.settings
    access = AccessTokens(axis.token_key, issuer=settings.issuer, lifetime=settings.web.token_lifetime)
    identity = Identity(
        access,
        atlas=axis.atlas,
        ledger=axis.assertion_ledger,
        limiter=RateLimiter(settings.limits.requests_per_minute, stopwatch),
        clock=axis.clock,
        timekeeper=axis.timekeeper,
        public_url=settings.web.public_url,
    )
    gate = VerificationGate(settings.limits.concurrent_verifications, large_from=settings.limits.large_package)
    room = WaitingRoom(axis.atlas.directory)
    places = Places(UPLOADS, per_system=UPLOADS_PER_SYSTEM, too_many=ProblemCode.TOO_MANY_UPLOADS)
    bundles = Places(BUNDLES, per_system=BUNDLES_PER_SYSTEM, too_many=ProblemCode.TOO_MANY_UPLOADS)
    limits = announced_limits(settings)
    return Door(axis, identity, gate, room, uploads=places, bundles=bundles, downloads=Downloads(), limits=limits)


def _add_layers(app: FastAPI, axis: WebParts, *, stopwatch: Stopwatch) -> None:
    """Put the layers around the routes; the last one added is the outermost."""
    app.add_middleware(ProblemSeam, timekeeper=axis.timekeeper)
    app.add_middleware(Journal, metrics=axis.metrics, stopwatch=stopwatch)
    app.add_middleware(UnreadBodies)
    app.add_middleware(SecurityHeaders, public_url=axis.settings.web.public_url)
    app.add_middleware(Correlation, clock=axis.clock)


def _lifespan(door: Door) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        unsubscribe = door.parts.doorbell.subscribe(door.room.ring)
        yield
        door.room.close()
        await run_in_threadpool(unsubscribe)

    return lifespan
