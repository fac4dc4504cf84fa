"""The one place where the command line takes hold of the axis itself: its settings, its database, its registrar."""

from __future__ import annotations

import io
import os
import pwd
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from axis.atlas import Atlas
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.words import CliCode
from axis.clock import Clock, SystemClock
from axis.enrolment.registrar import Registrar
from axis.exchange.courier import Courier
from axis.exchange.desk import WebhookDesk
from axis.exchange.interventions import Interventions
from axis.exchange.redirecting import Redirecting
from axis.exchange.redirections import Redirections
from axis.logs import configure_logs
from axis.outlets import open_webhooks
from axis.rules import calendar_of
from axis.settings import Environment, Settings, load_settings
from axis.timekeeper import keep_time
from axis.wiring import build
from storage.database.engine import EngineLimits, make_engine
from storage.database.schema import current_revision, newest_revision, upgrade


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade of the database found and left."""

    before: str | None
    after: str | None


class _Silence(io.StringIO):
    """A stream that keeps nothing: a command tells a person in words, and the database keeps the history."""

    def write(self, text: str) -> int:
        return len(text)


def silence_logs() -> Clock:
    """Keep the logs of this process to itself, and return its clock."""
    clock = SystemClock()
    configure_logs(clock, _Silence(), is_strict=False)
    return clock


def running_settings() -> Settings:
    """Return the environment's settings, with logs going to standard error from now on; raises `SettingsRefused`."""
    settings = load_settings()
    configure_logs(SystemClock(), sys.stderr, is_strict=settings.environment is not Environment.PRODUCTION)
    database_url(settings)
    return settings


@contextmanager
def open_registrar() -> Iterator[Registrar]:
    """Yield the registrar of the axis that the environment's settings name; raises `SettingsRefused` and `Unable`."""
    clock = silence_logs()
    settings = load_settings()
    engine = make_engine(database_url(settings), EngineLimits(pool_size=2))
    try:
        transactions, timekeeper = keep_time(engine, clock)
        yield Registrar(
            transactions,
            clock,
            atlas=Atlas(transactions, time.monotonic),
            webhooks=open_webhooks(settings),
            timekeeper=timekeeper,
        )
    finally:
        engine.dispose()


@contextmanager
def open_interventions() -> Iterator[Interventions]:
    """Yield the operator's hand on the axis of the environment's settings; raises `SettingsRefused` and `Unable`."""
    clock = silence_logs()
    engine = make_engine(database_url(load_settings()), EngineLimits(pool_size=2))
    try:
        transactions, timekeeper = keep_time(engine, clock)
        yield Interventions(transactions, clock, timekeeper=timekeeper)
    finally:
        engine.dispose()


@contextmanager
def open_redirecting() -> Iterator[Redirecting]:
    """Yield what gives deliveries to other agencies, on the settings' database; raises `SettingsRefused`, `Unable`."""
    clock = silence_logs()
    settings = load_settings()
    engine = make_engine(database_url(settings), EngineLimits(pool_size=2))
    try:
        transactions, timekeeper = keep_time(engine, clock)
        redirections = Redirections(transactions, clock, calendar_of(settings.calendar))
        interventions = Interventions(transactions, clock, timekeeper=timekeeper)
        yield Redirecting(redirections, interventions, Atlas(transactions, time.monotonic), timekeeper)
    finally:
        engine.dispose()


@contextmanager
def open_desk() -> Iterator[WebhookDesk]:
    """Yield what tells of webhooks, on the database of the settings; raises `SettingsRefused` and `Unable`."""
    clock = silence_logs()
    engine = make_engine(database_url(load_settings()), EngineLimits(pool_size=2))
    try:
        transactions, timekeeper = keep_time(engine, clock)
        yield WebhookDesk(transactions, clock, timekeeper=timekeeper)
    finally:
        engine.dispose()


@contextmanager
def open_courier() -> Iterator[Courier]:
    """Yield the courier of the settings, which signs with the axis's seal; raises what `build` does and `Unable`."""
    clock = silence_logs()
    settings = load_settings()
    database_url(settings)
    axis = build(settings, clock=clock)
    try:
        yield axis.courier
    finally:
        axis.close()


def upgrade_database() -> Upgrade:
    """Return the revision before and after, having brought the database of the settings up to date.

    Raises `ClockAstray`: the partitions that are made are those of the present.
    """
    clock = silence_logs()
    engine = make_engine(database_url(load_settings()))
    try:
        keep_time(engine, clock)[1].require()
        before = current_revision(engine)
        upgrade(engine, clock.now())
        return Upgrade(before, newest_revision())
    finally:
        engine.dispose()


def operator() -> str:
    """Return who gives commands on this machine, as the history names them: `cli:` and the account."""
    user = os.getuid()
    try:
        return f"cli:{pwd.getpwuid(user).pw_name}"
    except KeyError:
        return f"cli:{user}"


def database_url(settings: Settings) -> str:
    """Return the address of the database; raises `Unable` where the settings name none."""
    if settings.database.url is None:
        raise Unable(CliCode.DATABASE_MISSING, "AXIS_DATABASE__URL", exit_code=ExitCode.SETTINGS)
    return settings.database.url.get_secret_value()
