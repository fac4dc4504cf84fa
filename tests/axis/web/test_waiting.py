"""The waiting room by itself: seats, and who is woken for what."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from axis.caller import Caller
from axis.web.waiting import WaitingRoom
from envelopes.identifiers import OrganId
from tests.axis.web.country import directory, everybody, system


def caller(*scopes: OrganId, narrowed_to: tuple[OrganId, ...] = (), name: str = "vpcp") -> Caller:
    return Caller(system(name, *scopes), directory(system(name, *scopes)), narrowed_to)


def run(scene: Coroutine[Any, Any, bool]) -> bool:
    return asyncio.run(scene)


async def is_woken(who: Caller, recipients: tuple[OrganId, ...], rung: OrganId) -> bool:
    """Whether a call that waits for the recipients is woken when something comes for the agency `rung`."""
    room = WaitingRoom(everybody)
    gone: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    async with room.seat(who, recipients) as seat:
        await asyncio.to_thread(room.ring, rung)
        await seat.woken(gone, 0)
        woken = asyncio.get_running_loop().create_task(seat.woken(gone, 3_600))
        await asyncio.to_thread(room.ring, rung)
        done, _ = await asyncio.wait({woken}, timeout=0.2 if recipients or who.narrowed_to else 0.2)
        woken.cancel()
        return bool(done)
