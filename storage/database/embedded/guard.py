"""Stops an embedded PostgreSQL whose owner has died, and clears its runtime folder away.

Run as a program of its own with the server's process id and the runtime folder; its standard input is a pipe that the
owner holds open. `kill -9` of the owner closes the pipe, and so does forgetting to stop.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys

_PIPE = 0


def watch(pid: int, runtime: str) -> None:
    """Return when the server has ended, asked to by this program if its owner went first; `runtime` is gone then."""
    try:
        # A descriptor of the process, not its number: a number can be given to another process in between.
        server = os.pidfd_open(pid)
    except ProcessLookupError:
        server = None
    if server is not None:
        ready, _, _ = select.select([_PIPE, server], [], [])
        if server not in ready:
            signal.pidfd_send_signal(server, signal.SIGINT)
            select.select([server], [], [])
    # The owner may still want to read the runtime folder's files until it closes the pipe.
    while os.read(_PIPE, 1):
        pass
    shutil.rmtree(runtime, ignore_errors=True)


if __name__ == "__main__":
    watch(int(sys.argv[1]), sys.argv[2])
