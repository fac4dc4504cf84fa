"""`kill -9` at any moment: what a client holds stays provable, what it does not hold it gets by asking again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from axis import wiring
from axis.sdk import Axis, AxisUnreachable, Offer, ProblemReported
from axis.sdk import client as client_module
from axis.settings import Environment, Settings, refusals_of
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId, OrganId
from envelopes.texts import VIETNAM
from tests.fixtures.exchange import RECIPIENTS
from tests.fixtures.running import WORD, eventually
from tests.journey.crash_points import CHOSEN_VARIABLE, CrashPoint, chosen
from tests.journey.ending import all_ends_well
from tests.journey.mortal import ClockAhead, life, short_life
from tests.journey.survivor import TAKER, Survivor, Taker
from tests.journey.test_crash_by_hand import HAND, REDIRECT
from tests.journey.test_crash_of_answers import PUT_BACK, REFUSED, REPEAT
from tests.journey.test_crash_of_carriage import CARRIAGE, GIVEN_BACK, LEAVING, NOTICE, OVERDUE, SET_ASIDE, TURN_OVER
from tests.journey.test_crash_of_judgements import CERTIFICATES, DECISION, DOCUMENTS, GIVING_UP, PUT_OFF

HEIR: Final = RECIPIENTS[2]
"""Who gets the mail of the taker once that is closed."""

LATER: Final = timedelta(minutes=20)
"""What a dead worker had in hand is another's after one, and a lease runs out after five."""

A_DAY: Final = timedelta(days=1)
SOME_DAYS: Final = timedelta(days=12)
"""By then offices were open long enough, whatever holiday it is, for somebody to be late."""

A_MONTH: Final = timedelta(days=31)

SUBMISSION: Final = {
    CrashPoint.ASSERTION_WRITTEN: False,
    CrashPoint.ASSERTION_USED: False,
    CrashPoint.RECEIVED: False,
    CrashPoint.HASHED: False,
    CrashPoint.JUDGED: False,
    CrashPoint.OBJECT_WRITTEN: False,
    CrashPoint.OBJECT_PUT: False,
    CrashPoint.SEALED: False,
    CrashPoint.SETTLEMENT_WRITTEN: False,
    CrashPoint.COMMITTED: True,
    CrashPoint.UNANSWERED: True,
    CrashPoint.RUNG: True,
}
"""Where a submission can die, and whether it had been accepted by then: from the commit on, and not before."""

REFUSAL: Final = (CrashPoint.REFUSAL_WRITTEN, CrashPoint.REFUSED)

HANDOVER: Final = {
    CrashPoint.LEASE_WRITTEN: (Taker.lease, "delivery.leased"),
    CrashPoint.LEASED: (Taker.lease, "delivery.leased"),
    CrashPoint.FETCH_WRITTEN: (Taker.fetch, "delivery.fetched"),
    CrashPoint.FETCHED: (Taker.fetch, "delivery.fetched"),
    CrashPoint.CARRIED: (Taker.fetch, "delivery.fetched"),
    CrashPoint.ACKNOWLEDGEMENT_WRITTEN: (Taker.acknowledge, "delivery.handed_over"),
    CrashPoint.ACKNOWLEDGED: (Taker.acknowledge, "delivery.handed_over"),
}
"""Where a handover can die: the recipient's call that has no answer then, and the event that was being recorded."""

SEALING: Final = (
    CrashPoint.EVIDENCE_TAKE_WRITTEN,
    CrashPoint.EVIDENCE_TAKEN,
    CrashPoint.EVIDENCE_SEALED,
    CrashPoint.EVIDENCE_WRITTEN,
    CrashPoint.EVIDENCE_STORED,
)
RECALL: Final = {CrashPoint.OPERATION_WRITTEN: False, CrashPoint.COMMITTED: True}
"""Where a recall dies that a letter does not, and where both do; whether it had been accepted by then."""

ANSWER: Final = {CrashPoint.ANSWER_WRITTEN: False, CrashPoint.COMMITTED: True}
"""Where the answer to a recall dies, and whether it had been accepted by then."""

RELEASE: Final = {CrashPoint.RELEASE_WRITTEN: 1, CrashPoint.RELEASED: 0}
"""Where a turn dies that is given back, and how many deliveries are still to be given back then."""

ALARM: Final = (CrashPoint.ALARM_WRITTEN, CrashPoint.ALARMED)
REDIRECTED: Final = {EvidenceType.CONTENT_WITHDRAWAL: 1, EvidenceType.CONTENT_CONSIGNMENT: 2}
"""What is attested of a letter to one recipient that was given to another one."""

SUCCESSION: Final = (CrashPoint.REDIRECT_WRITTEN, CrashPoint.FORWARDED)
ENDS: Final = {
    CrashPoint.RETURN_WRITTEN: LATER,
    CrashPoint.LEASE_RETURNED: LATER,
    CrashPoint.DELAY_WRITTEN: SOME_DAYS,
    CrashPoint.DELAYED: SOME_DAYS,
    CrashPoint.END_WRITTEN: A_MONTH,
    CrashPoint.ENDED: A_MONTH,
}
"""What a worker dies over by itself, and how long after the letter."""

UPLOAD: Final = {
    CrashPoint.UPLOAD_WRITTEN: False,
    CrashPoint.UPLOAD_BEGUN: False,
    CrashPoint.CHUNK_KEPT: False,
    CrashPoint.CHUNK_WRITTEN: False,
    CrashPoint.CHUNK_UNANSWERED: False,
    CrashPoint.PUT_TOGETHER: False,
    CrashPoint.UPLOAD_SETTLED: True,
    CrashPoint.UPLOAD_ENDED: True,
}
"""Where a package dies that comes up in chunks, and whether it had been accepted by then."""

CLEARING: Final = (CrashPoint.UPLOADS_CLEARED, CrashPoint.FORGETTING_WRITTEN, CrashPoint.FORGOTTEN)
"""Where a worker dies that forgets uploads whose day is over."""

CLIENTS: Final = 4
LETTERS: Final = 5
KILLED_AFTER: Final = 6

pytestmark = pytest.mark.slow


def events_of(client: Axis, envelope_id: EnvelopeId) -> Counter[str]:
    """Return how often what happened to an agency's own delivery of an envelope."""
    (own,) = client.trace(envelope_id)["deliveries"]
    return Counter(one["tag"] for one in own["events"])


def test_every_point_is_tried() -> None:
    answers = {*REPEAT, *REFUSED, *PUT_BACK}
    judgements = {*DOCUMENTS, *PUT_OFF, *CERTIFICATES, *DECISION, *GIVING_UP}
    webhooks = {*CARRIAGE, *TURN_OVER, *NOTICE, *GIVEN_BACK, *LEAVING, *OVERDUE, *SET_ASIDE}
    by_hand = {*SUCCESSION, *HAND, *REDIRECT}
    own = {*RELEASE, *SEALING, *ENDS, *RECALL, *ANSWER, *ALARM, *UPLOAD, *CLEARING}
    others = own | by_hand | webhooks | judgements | answers
    assert {*SUBMISSION, *REFUSAL, *HANDOVER, *others} == set(CrashPoint)


def test_production_does_not_start_where_points_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOSEN_VARIABLE, CrashPoint.COMMITTED)
    refused = {one.setting: one.code for one in refusals_of(Settings(environment=Environment.PRODUCTION))}
    assert refused[CHOSEN_VARIABLE] == "settings/unknown"


def test_killed_in_the_middle_of_many_submissions(survivor: Survivor, tmp_path: Path) -> None:
    with life(tmp_path) as axis:
        packages = [survivor.package() for _ in range(LETTERS * CLIENTS)]
        shares = [packages[start::CLIENTS] for start in range(CLIENTS)]

        def work(share: list[bytes]) -> None:
            with survivor.client(axis) as client:
                for package in share:
                    survivor.send(client, package)
                    if len(survivor.receipts) >= KILLED_AFTER and not survivor.unanswered:
                        axis.process.kill()

        with ThreadPoolExecutor(CLIENTS) as pool:
            for one in [pool.submit(work, share) for share in shares]:
                one.result()
        axis.has_died()
    assert len(survivor.receipts) >= KILLED_AFTER
    assert survivor.unanswered
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis, survivor.client(axis) as client:
        survivor.can_prove_everything(client)
        survivor.send_again(client)
        survivor.can_prove_everything(client)
        all_ends_well(survivor, axis)


def test_killed_at_each_step_of_a_submission(survivor: Survivor, tmp_path: Path) -> None:
    dies_at_each(chosen(SUBMISSION), survivor, tmp_path)


def test_killed_at_each_step_of_sealing(survivor: Survivor, tmp_path: Path) -> None:
    dies_at_each(chosen(SEALING), survivor, tmp_path)


def dies_at_each(points: Iterable[CrashPoint], survivor: Survivor, tmp_path: Path) -> None:
    """One life after the other on one folder; what was not answered is sent again in the next."""
    expected = list[bool]()
    for point in points:
        with life(tmp_path) as axis, survivor.client(axis) as before, survivor.client(axis) as client:
            assert survivor.send_again(before) == expected, f"before {point}"
            axis.will_die(point)
            survivor.send(client, survivor.package())  # with a token of its own, which it has yet to ask for
            axis.has_died()
        # A worker may be gone before the answer is; the letter was accepted in any case.
        expected = [SUBMISSION.get(point, True)] * len(survivor.unanswered)
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis, survivor.client(axis) as client:
        assert survivor.send_again(client) == expected
        survivor.can_prove_everything(client)
        all_ends_well(survivor, axis)


def test_killed_at_each_step_of_a_refusal(survivor: Survivor, tmp_path: Path) -> None:
    """Nothing is accepted by dying; who asks again is refused again, with evidence."""
    nobody = replace(survivor.people[TAKER], organ_id=OrganId("X99"))
    package = survivor.package([nobody])
    for point in chosen(REFUSAL):
        with life(tmp_path) as axis, survivor.client(axis) as client:
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                client.send(package)
            axis.has_died()
    with life(tmp_path) as axis, survivor.client(axis) as client:
        with pytest.raises(ProblemReported) as refused:
            client.send(package)
        assert (refused.value.problem.code, refused.value.evidence is not None) == ("recipient/none-left", True)
        survivor.send(client, survivor.package())
        survivor.can_prove_everything(client)
        all_ends_well(survivor, axis)


def test_killed_at_each_step_of_an_upload(survivor: Survivor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on where it was, is accepted once, and nothing of it is left waiting."""
    monkeypatch.setattr(client_module, "DIRECT_MAX", 0)
    for point, was_accepted in chosen_of(UPLOAD):
        package = tmp_path / f"{point}.edxml"
        package.write_bytes(survivor.package())
        with life(tmp_path) as axis, survivor.client(axis) as client:
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                client.send_file(package, sleep=lambda _: None)
            axis.has_died()
        with life(tmp_path) as axis, survivor.client(axis) as client:
            receipt = client.send_file(package)
            assert (receipt.is_repeat, point) == (was_accepted, point)
            assert client.send_file(package).octets == receipt.octets
            survivor.receipts[package.read_bytes()] = receipt
            survivor.can_prove_everything(client)
    survivor.ahead = 2 * A_DAY
    for point in chosen(CLEARING):
        short_life(tmp_path, point, survivor.ahead)
    with life(tmp_path, survivor.ahead) as axis:
        waiting = tmp_path / "blobs" / "uploads"
        assert eventually(lambda: None if any(one.is_file() for one in waiting.rglob("*")) else True)
        all_ends_well(survivor, axis)


def test_killed_at_each_step_of_a_handover(survivor: Survivor, tmp_path: Path) -> None:
    """Whatever had no answer is asked for again, and each delivery is handed over once."""
    held: list[Offer] = []
    envelopes: dict[CrashPoint, EnvelopeId] = {}
    for point in chosen(HANDOVER):
        with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as client:
            taker = Taker(client, survivor, held)
            recorded_what_was_committed(client, envelopes)
            taker.finish()
            survivor.send(sender, package := survivor.package())
            envelopes[point] = survivor.receipts[package].envelope_id
            deed, _ = HANDOVER[point]
            for earlier in Taker.DEEDS[: Taker.DEEDS.index(deed)]:
                earlier(taker)
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                deed(taker)
            axis.has_died()
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as client:
        recorded_what_was_committed(client, envelopes)
        Taker(client, survivor, held).finish()
        for envelope_id in envelopes.values():
            happened = events_of(client, envelope_id)
            assert (happened["delivery.fetched"], happened["delivery.handed_over"]) == (1, 1)
        survivor.can_prove_everything(sender)
        all_ends_well(survivor, axis)


def recorded_what_was_committed(client: Axis, envelopes: Mapping[CrashPoint, EnvelopeId]) -> None:
    """Of the last death the event is there if it came after the commit, once, and not at all if it came before."""
    for point, envelope_id in list(envelopes.items())[-1:]:
        was_committed = not point.endswith("-written")
        assert events_of(client, envelope_id)[HANDOVER[point][1]] == was_committed, point


def test_killed_while_a_worker_ends_what_is_overdue(survivor: Survivor, tmp_path: Path) -> None:
    """A lease comes back once, and each delivery that nobody came for expires once, with one evidence."""
    with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
        survivor.send(sender, survivor.package())
        (offer,) = taker.lease().offers
    for point in chosen(ENDS):
        short_life(tmp_path, point, ENDS[point])
    survivor.ahead = A_MONTH
    with life(tmp_path, A_MONTH) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
        survivor.awaits_all_evidence(sender, EvidenceType.CONTENT_HANDOVER_FAILURE)
        happened = events_of(taker, offer.envelope_id)
        assert (happened["delivery.lease_expired"], happened["delivery.expired"]) == (1, 1)
        assert happened["delivery.delayed"] == 1
        survivor.can_prove_everything(sender)
        all_ends_well(survivor, axis)


def test_killed_while_a_recall_takes_back_a_letter(survivor: Survivor, tmp_path: Path) -> None:
    """A recall happens whole or not at all, and each that was asked raises one alarm."""
    letters: list[EnvelopeId] = []
    for point, was_accepted in chosen_of(RECALL):
        with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
            survivor.send(sender, package := survivor.package())
            letters.append(survivor.receipts[package].envelope_id)
            offers = [one for one in taker.lease().offers if one.envelope_id == letters[-1]]
            taker.fetch(offers[0])
            axis.will_die(point)
            survivor.send(sender, survivor.recall(package))
            axis.has_died()
        with life(tmp_path) as axis, survivor.client(axis) as sender:
            states = Counter(one["state"] for one in sender.trace(letters[-1])["deliveries"])
            assert states["withdrawn"] == (2 if was_accepted else 0)
            assert survivor.send_again(sender) == [was_accepted]
            survivor.can_prove_everything(sender)
    for point in chosen(ALARM):
        short_life(tmp_path, point, A_DAY)
    survivor.ahead = A_DAY
    with life(tmp_path, A_DAY) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
        for envelope_id in letters:
            alarmed = eventually(lambda one=envelope_id: events_of(taker, one)["recall.unanswered"] or None)  # type: ignore[misc]
            assert (alarmed, events_of(taker, envelope_id)["recall.asked"]) == (1, 1)
            ways = sender.trace(envelope_id)["deliveries"]
            happened = [Counter(event["tag"] for event in one["events"])["delivery.withdrawn"] for one in ways]
            assert sorted(happened) == [0, 1, 1]
        all_ends_well(survivor, axis)


def test_killed_while_a_recipient_answers_a_recall(survivor: Survivor, tmp_path: Path) -> None:
    """It has answered or not; once it has, the content is barred, and there is one event and one evidence of it."""
    with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
        survivor.send(sender, package := survivor.package([survivor.people[TAKER]]))
        (offer,) = taker.lease().offers
        taker.fetch(offer)
        survivor.send(sender, survivor.recall(package))
    answer = survivor.agreement(package, TAKER)
    for point, was_accepted in chosen_of(ANSWER):
        with life(tmp_path) as axis, survivor.client(axis, TAKER) as taker:
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                taker.send(answer)
            axis.has_died()
        with life(tmp_path) as axis, survivor.client(axis, TAKER) as taker:
            assert events_of(taker, offer.envelope_id)["recall.agreed"] == was_accepted, point
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
        assert taker.send(answer).is_repeat
        with pytest.raises(ProblemReported) as refused:
            taker.fetch(offer)
        assert refused.value.problem.code == "delivery/recalled"
        attested = eventually(lambda: kinds_of(sender, offer.envelope_id)[EvidenceType.RECALL_AGREEMENT] or None)
        assert (attested, events_of(taker, offer.envelope_id)["recall.agreed"]) == (1, 1)
        all_ends_well(survivor, axis)


def test_killed_while_a_turn_is_given_back(survivor: Survivor, tmp_path: Path) -> None:
    """It is given back once, and then it is anybody's."""
    for point, left in chosen_of(RELEASE):
        with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
            survivor.send(sender, package := survivor.package([survivor.people[TAKER]]))
            lease = taker.lease()
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                taker.release(lease)
            axis.has_died()
        with life(tmp_path) as axis, survivor.client(axis, TAKER) as taker:
            assert taker.release(lease) == left, point
            assert events_of(taker, survivor.receipts[package].envelope_id)["delivery.released"] == 1
            (offer,) = taker.lease().offers
            taker.fetch(offer)
            taker.acknowledge(offer, survivor.people[TAKER].signer)
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis:
        all_ends_well(survivor, axis)


def test_killed_while_mail_follows_the_rule_of_a_closed_agency(survivor: Survivor, tmp_path: Path) -> None:
    """Each delivery is taken once and made once, and both have their evidence."""
    with life(tmp_path) as axis, survivor.client(axis) as sender:
        for _ in range(LETTERS):
            survivor.send(sender, survivor.package([survivor.people[TAKER]]))
        axis.do(close_taker)
    for point in chosen(SUCCESSION):
        short_life(tmp_path, point, timedelta())
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis, survivor.client(axis) as sender, survivor.client(axis, HEIR) as heir:
        for receipt in survivor.receipts.values():
            former, latter = eventually(lambda one=receipt.envelope_id: ways_of(sender, one))  # type: ignore[misc]
            happened = Counter(one["tag"] for one in former["events"])
            assert (former["state"], happened["delivery.forwarded"]) == ("withdrawn", 1)
            assert (latter["recipient"], latter["redirected_from"]) == (HEIR, former["delivery_id"])
            eventually(lambda one=receipt.envelope_id: kinds_of(sender, one) == REDIRECTED or None)  # type: ignore[misc]
        for letter in (receipt.envelope_id for receipt in survivor.receipts.values()):
            assert events_of(heir, letter)["delivery.consigned"] == 1
        survivor.can_prove_everything(sender)
        all_ends_well(survivor, axis, closed=(TAKER,))


def close_taker(parts: wiring.Axis) -> None:
    """Close the agency that takes, from today on, and have another one get its mail."""
    registrar, today = parts.registrar, ClockAhead(timedelta()).now().astimezone(VIETNAM).date()
    registrar.close(OrganId(TAKER), today, successors=(OrganId(HEIR),), instruction=WORD)
    registrar.forward(OrganId(TAKER), None, instruction=WORD)


def ways_of(client: Axis, envelope_id: EnvelopeId) -> list[dict[str, Any]] | None:
    """Return the deliveries of an envelope once there are two."""
    found = client.trace(envelope_id)["deliveries"]
    return found if len(found) > 1 else None


def kinds_of(client: Axis, envelope_id: EnvelopeId) -> Counter[EvidenceType]:
    """Return how many evidences of each kind there are about the deliveries of an envelope."""
    return Counter(one.type for one, _ in client.evidences(envelope_id) if one.type.is_per_delivery)


def chosen_of(points: Mapping[CrashPoint, int]) -> list[tuple[CrashPoint, int]]:
    """Return those of the points that are tried, with what is expected of them."""
    return [(point, points[point]) for point in chosen(points)]
