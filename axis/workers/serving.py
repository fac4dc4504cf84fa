"""Runs a worker with the settings of this installation."""

from __future__ import annotations

from collections.abc import Callable

from axis.interruption import until_interrupted
from axis.logs import LogEvent, logger
from axis.settings import Settings
from axis.wiring import build
from axis.workers.errands import errands_of
from axis.workers.process import WorkerProcess
from axis.workers.rounds import rounds_of
from axis.workers.watch import Watch, watched
from storage.database.schema import check_revision


def run(settings: Settings, tell: Callable[[str], None]) -> None:
    """Work on what is due until told to stop; `tell` gets the address at which the worker is watched.

    Without a broker the sweep finds everything. Raises `SchemaOutdated` where the database is not this
    program's, `OSError` where it cannot listen, and whatever `build` raises.
    """
    axis = build(settings)
    watch = Watch(axis.metrics, axis.readiness.checks)
    try:
        check_revision(axis.engine)
        with watched(watch, settings.worker.host, port=settings.worker.port) as url:
            axis.start()
            worker = WorkerProcess(rounds_of(axis), axis.broker, errands=errands_of(axis))
            with until_interrupted() as told:
                worker.start()
                tell(url)
                logger.info(LogEvent.AXIS_STARTED, part="worker")
                told.wait()
            worker.stop()
            logger.info(LogEvent.AXIS_STOPPED, part="worker")
    finally:
        axis.close()
