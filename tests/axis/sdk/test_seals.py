"""Whoever believes a seal follows to the one that it endorsed, and to no other."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from axis.clock import SettableClock
from axis.demo.authority import Credential, Hierarchy, Usage, Validity
from axis.sdk import AnswerUnreadable, Axis, Credentials, EnvironmentKind, Origin, ReceiptVerifier, SealRefused
from axis.sdk.errors import SealFault
from axis.sdk.receipts import ANYWHERE
from axis.sdk.seals import SEALS_MAX, PublishedSeal, believing, follow
from envelopes.endorsement import ENDORSEMENT_TYPE
from envelopes.evidence_facts import Environment
from envelopes.identifiers import SystemId
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from signing.jws import sign_jws
from tests.axis.seals import HERE, chain_of, endorsed, published, seal
from tests.signing.pki import MOMENT, VALID, certificate, credential, hierarchy, signer

OLD, NEW, NEWER, OTHER = (seal(name) for name in ("cũ", "mới", "mới hơn", "khác"))
PINNED = (certificate(OLD), certificate(hierarchy().root))


def followed(
    *offered: PublishedSeal, pinned: tuple[Certificate, ...] = PINNED, at: datetime = MOMENT, origin: Origin = ANYWHERE
) -> tuple[Certificate, ...]:
    """The seals that are believed after these were offered, beside the old one."""
    return follow(ReceiptVerifier.pinned(pinned, origin), (published(OLD), *offered), pinned=pinned, at=at)


def refused(*offered: PublishedSeal, at: datetime = MOMENT, origin: Origin = ANYWHERE) -> SealFault:
    """Why nothing that was offered is believed."""
    with pytest.raises(SealRefused) as raised:
        followed(*offered, at=at, origin=origin)
    return raised.value.fault


def test_the_seal_that_a_believed_one_endorsed_is_believed() -> None:
    assert followed(published(NEW, endorsed(OLD, NEW))) == (certificate(NEW),)


def test_several_changes_are_followed_one_after_the_other_in_whatever_order_they_are_told() -> None:
    offered = (published(NEWER, endorsed(NEW, NEWER)), published(NEW, endorsed(OLD, NEW)))
    assert followed(*offered) == (certificate(NEW), certificate(NEWER))
    assert followed(*reversed(offered)) == (certificate(NEW), certificate(NEWER))


def test_what_nothing_believed_speaks_of_is_passed_over() -> None:
    assert followed() == ()
    assert followed(published(NEW), published(NEWER, endorsed(OTHER, NEWER))) == ()
    assert followed(published(NEW, "no token"), published(NEWER, endorsed(NEW, NEWER))) == ()


def test_who_believes_the_last_one_already_learns_nothing_new() -> None:
    pinned = (*PINNED, certificate(NEW))
    assert followed(published(NEW, endorsed(OLD, NEW)), pinned=pinned) == ()


def test_who_followed_in_time_goes_on_when_the_old_seal_has_ended() -> None:
    after = VALID.not_after + timedelta(days=1)
    later, latest = (seal(one, Validity(MOMENT, after + timedelta(days=365))) for one in ("sau", "sau nữa"))
    offered = (published(later, endorsed(OLD, later)), published(latest, endorsed(later, latest)))
    assert followed(*offered, pinned=(*PINNED, certificate(later)), at=after) == (certificate(latest),)
    assert followed(*offered, pinned=(*PINNED, certificate(later), certificate(latest)), at=after) == ()


def test_an_authority_vouches_for_no_seal_by_being_above_it() -> None:
    agency = credential("Cơ quan")
    assert followed(published(agency), published(OTHER, endorsed(agency, OTHER))) == ()


def test_a_forged_endorsement_is_refused() -> None:
    true = endorsed(OLD, NEW)
    head, _, value = true.split(".")
    payload = endorsed(OLD, OTHER).split(".")[1]
    assert refused(published(OTHER, f"{head}.{payload}.{value}")) is SealFault.FORGED
    assert refused(published(NEW, f"{true[:-4]}AAAA")) is SealFault.FORGED


def test_a_true_endorsement_beside_another_certificate_is_refused() -> None:
    assert refused(published(OTHER, endorsed(OLD, NEW))) is SealFault.FORGED


def test_a_seal_does_not_speak_for_another_one() -> None:
    assert refused(published(NEW, endorsed(OTHER, NEW, signed_by=OLD))) is SealFault.FORGED


def test_what_a_seal_signed_for_another_purpose_endorses_nothing() -> None:
    token = sign_jws(b"{}", signer(OLD), kind="axis-acknowledgement+jws")
    assert refused(published(NEW, token)) is SealFault.FORGED
    token = sign_jws(b"{}", signer(OLD), kind=ENDORSEMENT_TYPE)
    assert refused(published(NEW, token)) is SealFault.FORGED


def test_of_two_successors_none_is_believed() -> None:
    offered = (published(NEW, endorsed(OLD, NEW)), published(OTHER, endorsed(OLD, OTHER)))
    assert refused(*offered) is SealFault.SEVERAL


def test_a_seal_that_ended_vouches_for_nobody() -> None:
    after = VALID.not_after + timedelta(days=1)
    later = seal("sau", Validity(MOMENT, after + timedelta(days=365)))
    offered = published(later, endorsed(OLD, later))
    assert followed(offered, at=VALID.not_after) == (certificate(later),)
    assert refused(offered, at=after) is SealFault.UNTRUSTED


def test_a_successor_under_another_authority_is_refused() -> None:
    elsewhere = seal("nơi khác", VALID, Hierarchy.found(MOMENT).intermediate)
    assert refused(published(elsewhere, endorsed(OLD, elsewhere))) is SealFault.UNTRUSTED


def test_a_successor_that_may_not_sign_or_is_an_authority_is_refused() -> None:
    server = credential("máy chủ", usage=Usage.TLS)
    assert refused(published(server, endorsed(OLD, server))) is SealFault.UNTRUSTED
    authority = hierarchy().intermediate.credential
    assert refused(published(authority, endorsed(OLD, authority))) is SealFault.UNTRUSTED


def test_a_successor_may_be_announced_before_it_is_valid() -> None:
    begins = MOMENT + timedelta(days=30)
    future = seal("năm sau", Validity(begins, begins + timedelta(days=365)))
    assert followed(published(future, endorsed(OLD, future))) == (certificate(future),)


@pytest.mark.parametrize(
    "origin", [Environment(EnvironmentKind.PRODUCTION, "axis-test"), Environment(EnvironmentKind.TEST, "other")]
)
def test_an_endorsement_about_another_axis_is_refused(origin: Environment) -> None:
    expected = Origin(HERE.kind, HERE.instance)
    offered = published(NEW, endorsed(OLD, NEW, origin=origin))
    assert refused(offered, origin=expected) is SealFault.OTHER_ORIGIN
    assert followed(published(NEW, endorsed(OLD, NEW)), origin=expected) == (certificate(NEW),)


def test_a_list_that_is_too_long_or_no_list_of_seals_is_refused() -> None:
    assert refused(*[published(NEW)] * (SEALS_MAX + 1)) is SealFault.UNREADABLE
    pem = b"".join(one.pem for one in chain_of(NEW)).decode()
    assert PublishedSeal.of({"certificates": pem, "endorsement": None}) == published(NEW)
    many = {"certificates": pem * 6}
    for members in ({}, {"certificates": 1}, {"certificates": "none"}, {"certificates": pem, "endorsement": 1}, many):
        with pytest.raises(SealRefused, match="cannot be read"):
            PublishedSeal.of(members)


def test_a_verifier_believes_what_it_followed_beside_what_it_believed() -> None:
    verifier = ReceiptVerifier.pinned(PINNED)
    assert believing(verifier, [certificate(NEW)]).seals == {
        certificate(OLD).fingerprint,
        certificate(NEW).fingerprint,
    }
    assert certificate(NEW).fingerprint not in verifier.seals


def answering(items: list[dict[str, object]]) -> Axis:
    """A client of an axis that publishes this list."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"items": items}))
    credentials = Credentials(SystemId("qlvb"), AssertionKey.generate())
    client = httpx.Client(transport=transport)
    return Axis(
        "https://truc.example.vn", credentials, seal_certificates=PINNED, clock=SettableClock(MOMENT), http=client
    )


def item(holder: Credential, endorsement: str | None = None) -> dict[str, object]:
    """A seal as the API lists it."""
    pem = b"".join(one.pem for one in chain_of(holder)).decode()
    return {"state": "active", "sha256": "", "certificates": pem, "endorsement": endorsement}


def test_a_client_asks_its_axis_and_follows_once() -> None:
    with answering([item(NEW, endorsed(OLD, NEW)), item(OLD)]) as client:
        assert client.follow_seals() == (certificate(NEW),)
        assert client.follow_seals() == ()


def test_a_client_believes_nothing_of_a_list_with_one_forged_endorsement() -> None:
    forged = item(NEWER, endorsed(NEW, NEWER, signed_by=OLD))
    with answering([item(OLD), item(NEW, endorsed(OLD, NEW)), forged]) as client:
        for _ in range(2):
            with pytest.raises(SealRefused):
                client.follow_seals()


@pytest.mark.parametrize("items", [[None], ["seal"], [[]], [{}]])
def test_what_is_no_list_of_seals_is_refused(items: list[dict[str, object]]) -> None:
    with answering(items) as client, pytest.raises((AnswerUnreadable, SealRefused)):
        client.follow_seals()
