"""One cell: a child process that answers one question at a time and is killed when it takes too long."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, Final, TypeVar

from axis.confinement.frames import FrameBroken, Octets, read_frame, write_frame
from axis.confinement.records import AnswerBroken, authorities_out
from signing.trust import CurrentTrust, TrustStore

Answer = TypeVar("Answer")

CHILD: Final = (sys.executable, "-I", "-X", "utf8", "-m", "axis.confinement.child")
"""How a child is started: isolated from the environment and the folder of whoever starts it."""

QUESTIONS_MAX: Final = 500
"""Questions one child answers before a fresh one takes its place: what foreign files left behind in it ends there."""

START_SECONDS: Final = 30.0
"""For a child to import its libraries and read its anchors: a second on an idle machine."""

LEAVE_SECONDS: Final = 2.0
"""For a child to end after its input did, before it is killed."""


@dataclass(frozen=True, slots=True)
class Confines:
    """What a child may use: octets of address space, and seconds for one judgement by the clock on the wall."""

    memory: int
    seconds: float
    program: tuple[str, ...] = CHILD


class Overran(Exception):
    """The judgement took longer than it may, by the clock or by the processor's; the child was killed."""


class CellUnusable(Exception):
    """No child gets ready: the installation is damaged, or the memory it may use is too little for its libraries."""


class Lost(Exception):
    """The child ended or said what is no answer: it had no memory left, or it crashed."""


class Cell:
    """Keeps one child, starts it when it is needed and again when it is gone. One judgement at a time."""

    def __init__(self, trust: CurrentTrust, confines: Confines) -> None:
        self._trust = trust
        self._confines = confines
        self._told: TrustStore | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._left = 0

    @property
    def child_id(self) -> int | None:
        """The process id of the child, None while there is none."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Have a child ready for the next question, one that was told whom to trust now.

        Raises `CellUnusable` where none gets ready.
        """
        trust = self._trust()
        if self._child is not None and self._child.poll() is None and self._left > 0 and self._told is trust:
            return
        self.close()
        self._left = QUESTIONS_MAX
        self._child = _started(self._confines.program)
        told = {
            "authorities": authorities_out(trust.authorities),
            "memory": self._confines.memory,
        }
        try:
            self._exchange(told, b"", seconds=START_SECONDS)
        except (Overran, Lost) as error:
            raise CellUnusable(type(error).__name__) from error
        self._told = trust

    def ask(
        self, question: Mapping[str, Any], octets: Octets, *, read: Callable[[Mapping[str, Any]], Answer]
    ) -> Answer:
        """Return the answer to one question as `read` understands it.

        Raises `Overran` where the child had to be killed and `Lost` where it ended by itself or answered nonsense; the
        next question gets a fresh one. Raises `CellUnusable` where none gets ready, which is no answer to the question.
        """
        self.start()
        self._left -= 1
        seconds = self._confines.seconds
        answer = self._exchange({**question, "seconds": math.ceil(seconds)}, octets, seconds=seconds)
        try:
            return read(answer)
        except AnswerBroken as error:
            self._kill()
            raise Lost("nonsense") from error

    def close(self) -> None:
        """End the child, if there is one, and wait for its end."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(OSError):
            _pipe(child.stdin).close()
        try:
            child.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        _pipe(child.stdout).close()

    def _exchange(self, content: Mapping[str, Any], octets: Octets, *, seconds: float) -> dict[str, Any]:
        child = self._child
        if child is None:
            raise Lost("no child")
        overran = threading.Event()
        # Written to as well as read from within the deadline: a child that does not read would block the writer.
        watch = threading.Timer(seconds, _end, (child, overran))
        watch.daemon = True
        watch.start()
        try:
            write_frame(_pipe(child.stdin), content, octets=octets)
            frame = read_frame(_pipe(child.stdout))
        except (OSError, FrameBroken):
            frame = None
        finally:
            watch.cancel()
            watch.join()
        if frame is not None and not overran.is_set():
            return frame[0]
        status = self._kill()
        if overran.is_set() or status == _OUT_OF_SECONDS:
            raise Overran(f"{seconds} s")
        raise Lost(str(status))

    def _kill(self) -> int:
        """Kill the child, wait for its end and return how it ended."""
        child, self._child = self._child, None
        if child is None:
            return 0
        with suppress(subprocess.TimeoutExpired):
            child.wait(_LAST_WORDS_SECONDS)
        child.kill()
        status = child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                _pipe(pipe).close()
        return status


_OUT_OF_SECONDS: Final = -signal.SIGXCPU
"""How a child ends that used up its seconds of the processor."""

_LAST_WORDS_SECONDS: Final = 0.2
"""For a child whose pipe broke to end by itself, so that its own status is known and not ours."""


def _started(program: tuple[str, ...]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, a module of this package
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise CellUnusable(type(error).__name__) from error


def _end(child: subprocess.Popen[bytes], overran: threading.Event) -> None:
    overran.set()
    child.kill()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise Lost("no pipe")
    return pipe
