"""One more process of an axis that runs already: `python -m tests.journey.second_process SETTINGS` (a JSON document).

Writes its address when it serves, and ends when its input ends.
"""

from __future__ import annotations

import sys

from axis.clock import SystemClock
from axis.logs import configure_logs
from axis.settings import Settings
from axis.web.app import create_app
from axis.web.serving import WebServer, listen
from axis.wiring import build


def main(document: str) -> None:
    """Serve until standard input ends."""
    clock = SystemClock()
    configure_logs(clock, sys.stderr, is_strict=True)  # before anything is told: the first line out is the address
    axis = build(Settings.model_validate_json(document), clock=clock)
    opened = listen("127.0.0.1", 0)
    web = WebServer(create_app(axis), opened)
    axis.start()
    web.start()
    sys.stdout.write(f"http://127.0.0.1:{opened.getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    web.stop()
    axis.close()


if __name__ == "__main__":
    main(sys.argv[1])
