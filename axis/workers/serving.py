"""Runs a worker with the settings of this installation."""

from __future__ import annotations

from axis.interruption import until_interrupted
from axis.logs import LogEvent, logger
from axis.settings import Settings
from axis.wiring import build
from axis.workers.process import WorkerProcess
from axis.workers.rounds import rounds_of
from storage.database.schema import check_revision


def run(settings: Settings) -> None:
    """Work on what is due until told to stop. Without a broker in reach the sweep finds everything.

    Raises `SchemaOutdated` where the database is not this program's, and whatever `build` raises.
    """
    axis = build(settings)
    try:
        check_revision(axis.engine)
        axis.start()
        worker = WorkerProcess(rounds_of(axis), None)
        with until_interrupted() as told:
            worker.start()
            logger.info(LogEvent.AXIS_STARTED, part="worker")
            told.wait()
        worker.stop()
        logger.info(LogEvent.AXIS_STOPPED, part="worker")
    finally:
        axis.close()
