"""The waiting room by itself: seats, and who is woken for what."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from axis.caller import Caller
from axis.errors import Busy
from axis.web.reports import Problem
from axis.web.waiting import SEATS_PER_SYSTEM, Seat, WaitingRoom
from envelopes.identifiers import OrganId
from routing.directory import Directory
from tests.axis.web.country import DEPARTMENT, MINISTRY, OTHER, PROVINCE, directory, everybody, system


def caller(*scopes: OrganId, narrowed_to: tuple[OrganId, ...] = (), name: str = "vpcp") -> Caller:
    return Caller(system(name, *scopes), directory(system(name, *scopes)), narrowed_to)


async def woken_by(room: WaitingRoom, seat: Seat, rung: OrganId) -> bool:
    """Whether the bell for the agency `rung` wakes the seat."""
    await asyncio.to_thread(room.ring, rung)
    for _ in range(3):
        await asyncio.sleep(0)
    return seat._bell.is_set()


async def is_woken(who: Caller, recipients: tuple[OrganId, ...], rung: OrganId) -> bool:
    room = WaitingRoom(everybody)
    async with room.seat(who, recipients) as seat:
        return await woken_by(room, seat, rung)


@pytest.mark.parametrize(
    ("who", "recipients", "rung", "expected"),
    [
        (caller(PROVINCE), (), PROVINCE, True),
        (caller(PROVINCE), (), DEPARTMENT, True),
        (caller(DEPARTMENT), (), PROVINCE, False),
        (caller(PROVINCE), (), OTHER, False),
        (caller(PROVINCE, OTHER), (), OTHER, True),
        (caller(PROVINCE, OTHER, narrowed_to=(DEPARTMENT,)), (), DEPARTMENT, True),
        (caller(PROVINCE, OTHER, narrowed_to=(DEPARTMENT,)), (), OTHER, False),
        (caller(PROVINCE), (DEPARTMENT,), DEPARTMENT, True),
        (caller(PROVINCE), (DEPARTMENT,), PROVINCE, False),
        (caller(PROVINCE), (PROVINCE,), DEPARTMENT, False),
        (caller(PROVINCE), (), OrganId("X99"), False),
    ],
)
def test_a_call_is_woken_for_what_it_waits_for(
    who: Caller, recipients: tuple[OrganId, ...], rung: OrganId, *, expected: bool
) -> None:
    assert asyncio.run(is_woken(who, recipients, rung)) is expected


def test_seats_are_given_back_and_counted_by_system() -> None:
    async def scene() -> None:
        room = WaitingRoom(everybody)
        async with AsyncExitStack() as stack:
            for _ in range(SEATS_PER_SYSTEM):
                await stack.enter_async_context(room.seat(caller(MINISTRY), ()))
            with pytest.raises(Problem):
                await stack.enter_async_context(room.seat(caller(MINISTRY), ()))
            await stack.enter_async_context(room.seat(caller(PROVINCE, name="tinh-a"), ()))
        async with room.seat(caller(MINISTRY), ()):
            assert room._places._by_system.total() == 1
        assert room._places._by_system.total() == 0

    asyncio.run(scene())


def test_a_full_room_takes_nobody_until_somebody_leaves() -> None:
    async def scene() -> None:
        room = WaitingRoom(everybody, seats=1)
        async with room.seat(caller(MINISTRY), ()):
            with pytest.raises(Busy):
                async with room.seat(caller(PROVINCE, name="tinh-a"), ()):
                    pass
        async with room.seat(caller(PROVINCE, name="tinh-a"), ()):
            pass

    asyncio.run(scene())


def test_a_ring_between_two_looks_is_not_lost() -> None:
    async def scene() -> None:
        room = WaitingRoom(everybody)
        gone: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        async with room.seat(caller(MINISTRY), ()) as seat:
            assert await woken_by(room, seat, MINISTRY)
            await asyncio.wait_for(seat.woken(gone, 3_600), 30)
            assert not seat._bell.is_set()

    asyncio.run(scene())


def test_many_rings_look_up_the_directory_and_wake_only_while_somebody_waits() -> None:
    asked: list[Directory] = []

    def ask() -> Directory:
        asked.append(everybody())
        return asked[-1]

    async def scene() -> None:
        room = WaitingRoom(ask)
        await asyncio.to_thread(room.ring, MINISTRY)
        assert asked == []
        async with room.seat(caller(MINISTRY), ()) as seat:
            assert await woken_by(room, seat, MINISTRY)
        assert len(asked) == 1

    asyncio.run(scene())


def test_ringing_after_the_loop_has_ended_does_no_harm() -> None:
    room = WaitingRoom(everybody)

    async def scene() -> None:
        async with room.seat(caller(MINISTRY), ()):
            pass

    asyncio.run(scene())
    room._seats.add(Seat(frozenset(), frozenset({MINISTRY})))
    room.ring(MINISTRY)
    room.close()
    assert room.is_closed
