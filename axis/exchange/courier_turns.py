"""A courier's turns at receivers: what it has in hand, how that is given back, and what could not be given back yet."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from axis.errors import ClockAstray
from axis.exchange.carriage import Carriage, Carried
from axis.exchange.premises import Premises
from axis.seam import survive
from storage.database.transactions import WriteSession
from storage.database.webhooks import free_receiver, give_back_notices
from storage.errors import StorageError
from storage.records import Notice, Receiver


@dataclass(frozen=True, slots=True, eq=False)
class CourierTurn:
    """A receiver, what is to be told to it until when, or the one package that is carried there."""

    receiver: Receiver
    notices: tuple[Notice, ...]
    until: datetime
    carried: Carried | None = None


class CourierTurns:
    """The turns of one process. Any thread may use it.

    A notice that is taken counts as a call of which nobody saw the end, until somebody writes it. Whoever is alive and
    cannot write, because the database is away or its clock astray, remembers that here and gives it back later: no
    worker died over it.
    """

    def __init__(self, premises: Premises, carriage: Carriage) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._carriage = carriage
        self._lock = threading.Lock()
        self._in_hand: set[CourierTurn] = set()
        self._owed: list[CourierTurn] = []

    def take(self, turn: CourierTurn) -> None:
        """Remember what is in hand, for who ends the process."""
        with self._lock:
            self._in_hand.add(turn)

    def drop(self, turn: CourierTurn) -> bool:
        """Return whether a turn was still in hand; it is not once everything was given back."""
        with self._lock:
            is_ours = turn in self._in_hand
            self._in_hand.discard(turn)
        return is_ours

    def end(self, turn: CourierTurn, left: Sequence[Notice]) -> None:
        """Write that a turn is over; what is left of it was not called about. What cannot be written is owed."""
        rest = replace(turn, notices=tuple(left), carried=None)
        try:
            self._return(rest, due_at=self._clock.now())
        except (StorageError, ClockAstray):
            self._owe(rest)
            raise

    def give_back(self, turn: CourierTurn, *, due_at: datetime) -> bool:
        """Return whether it is written that what is in hand is nobody's, and due then; else that is owed."""
        try:
            self._return(turn, due_at=due_at)
        except (StorageError, ClockAstray):  # whoever comes here has an error of its own to tell
            self._owe(turn)
            return False
        return True

    def give_back_owed(self) -> None:
        """Give back what could not be given back before; what still cannot be stays owed."""
        while (turn := self._next_owed()) is not None:
            if not self.give_back(turn, due_at=self._clock.now()):
                break

    def abandon(self) -> None:
        """Give back everything, what somebody is being called about and what is owed too: its process ends."""
        with self._lock:
            turns = [*self._in_hand, *self._owed]
            self._in_hand, self._owed = set(), []
        for turn in turns:
            survive("abandon_carriage", partial(self._return, turn, due_at=self._clock.now()), otherwise=None)

    def _owe(self, turn: CourierTurn) -> None:
        with self._lock:
            self._owed.append(turn)

    def _next_owed(self) -> CourierTurn | None:
        with self._lock:
            return self._owed.pop() if self._owed else None

    def _return(self, turn: CourierTurn, *, due_at: datetime) -> None:
        """Write that what is in hand is nobody's, and due then: as if it had not been taken."""

        def write(session: WriteSession) -> None:
            free_receiver(session, turn.receiver, now=due_at)
            if turn.carried is not None:
                self._carriage.give_back(session, turn.carried)
            give_back_notices(session, turn.notices, due_at=due_at)

        self._transactions.run(write)
