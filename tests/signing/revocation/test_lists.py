"""CRLs: with a newer list named or at hand, entries of any date, divided ones, and what makes a list worth nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asn1crypto import crl
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from axis.demo.pki.authorities import Authorities
from signing.paths import readable
from signing.revocation.judge import revocation_of
from signing.revocation.lists import ReadList
from signing.statuses import HOLD, Doubt, RevocationEvidence, RevocationState, RevocationStatus, Source
from signing.verdict import CertificatePath
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.forged import DAY, HOUR
from tests.signing.revocation.signed import (
    FRESHEST,
    REASONS,
    UNHEARD_OF,
    Dated,
    Entry,
    Extension,
    divided,
    for_reason,
    signed_delta,
    signed_list,
)
from tests.signing.revocation.test_judge import path_of

GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
COMPROMISED, HELD, REMOVED = (
    x509.ReasonFlags.key_compromise,
    x509.ReasonFlags.certificate_hold,
    x509.ReasonFlags.remove_from_crl,
)
NAMED: list[Extension] = [(FRESHEST, False)]


@pytest.fixture
def path(authorities: Authorities) -> CertificatePath:
    return path_of(authorities, "H51.15")


def judged(path: CertificatePath, *lists: RevocationEvidence) -> RevocationStatus:
    return revocation_of(path, lists, at=MOMENT)


def entries_of(path: CertificatePath, *reasons: x509.ReasonFlags) -> list[Entry]:
    return [for_reason(path.signer.serial, one) for one in reasons]


def test_a_list_that_names_a_newer_one_is_believed_without_it(authorities: Authorities, path: CertificatePath) -> None:
    assert judged(path, signed_list(authorities, extensions=NAMED)).state is GOOD
    status = judged(path, signed_list(authorities, entries_of(path, COMPROMISED), extensions=NAMED))
    assert (status.state, status.reason) == (REVOKED, "key_compromise")


def test_a_delta_at_hand_adds_to_its_list(authorities: Authorities, path: CertificatePath) -> None:
    base = signed_list(authorities, extensions=NAMED)
    delta = signed_delta(authorities, entries_of(path, COMPROMISED))
    status = judged(path, base, delta)
    assert (status.state, status.reason) == (REVOKED, "key_compromise")
    assert status.rests_on == {base.digest, delta.digest}
    assert judged(path, delta).state is UNKNOWN, "a delta alone says nothing of what it does not list"


def test_a_delta_takes_back_a_suspension_and_nothing_else(authorities: Authorities, path: CertificatePath) -> None:
    dated = Dated(5, MOMENT - HOUR, MOMENT + 7 * DAY)
    held = signed_list(authorities, entries_of(path, HELD), extensions=NAMED, dated=dated)
    ended = signed_list(authorities, entries_of(path, COMPROMISED), extensions=NAMED, dated=dated)
    removal = signed_delta(authorities, entries_of(path, REMOVED))
    assert judged(path, held).reason == HOLD
    lifted = judged(path, held, removal)
    assert (lifted.state, lifted.this_update, lifted.next_update) == (GOOD, MOMENT, MOMENT + DAY)
    assert lifted.rests_on == {held.digest, removal.digest}
    assert judged(path, ended, removal).reason == "key_compromise"


@pytest.mark.parametrize(
    ("base", "number"),
    [(6, 7), (3, 4), (3, 5)],
    ids=["to-a-later-list", "before-the-list", "of-the-list"],
)
def test_a_delta_that_does_not_follow_its_list_takes_nothing_back(
    authorities: Authorities, path: CertificatePath, base: int, number: int
) -> None:
    """RFC 5280 §5.2.4 (c) and (d)."""
    held = signed_list(authorities, entries_of(path, HELD), extensions=NAMED)
    dated = Dated(number, MOMENT, MOMENT + DAY)
    removal = signed_delta(authorities, entries_of(path, REMOVED), base=base, dated=dated)
    assert judged(path, held, removal).reason == HOLD


@pytest.mark.parametrize("fault", ["forged", "stale", "unheard-of"])
def test_a_delta_that_is_worth_nothing_leaves_its_list_alone(
    authorities: Authorities, path: CertificatePath, fault: str
) -> None:
    base = signed_list(authorities, extensions=NAMED)
    removal = entries_of(path, REMOVED)
    delta = {
        "forged": signed_delta(authorities, removal, key=ec.generate_private_key(ec.SECP256R1())),
        "stale": signed_delta(authorities, removal, dated=Dated(6, MOMENT - 2 * DAY, MOMENT - DAY)),
        "unheard-of": signed_delta(authorities, [Entry(4711, extensions=((UNHEARD_OF, True),))]),
    }[fault]
    status = judged(path, base, delta)
    assert (status.state, status.rests_on) == (GOOD, frozenset({base.digest}))
    held = signed_list(authorities, entries_of(path, HELD), extensions=NAMED)
    assert judged(path, held, delta).reason == HOLD


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(seconds=30), timedelta(hours=3)])
def test_an_entry_counts_whatever_its_date(authorities: Authorities, path: CertificatePath, ahead: timedelta) -> None:
    since = MOMENT + ahead
    status = judged(path, signed_list(authorities, [Entry(path.signer.serial, since)]))
    assert (status.state, status.revoked_at) == (REVOKED, since)
    assert status.seen_at(since).state is REVOKED
    assert status.seen_at(since - timedelta(seconds=1)).state is GOOD


def test_an_authority_whose_clock_is_ahead_is_believed_that_it_revoked_just_now(
    authorities: Authorities, path: CertificatePath
) -> None:
    soon = MOMENT + timedelta(seconds=40)
    listed = signed_list(authorities, [Entry(path.signer.serial, soon)], dated=Dated(5, soon))
    assert judged(path, listed).revoked_at == soon


def test_a_list_with_a_removal_is_not_believed_unless_it_is_a_delta(
    authorities: Authorities, path: CertificatePath
) -> None:
    """RFC 5280 §5.3.1: the reason appears in delta CRLs alone."""
    assert judged(path, signed_list(authorities, entries_of(path, REMOVED))).doubt is Doubt.UNVERIFIED


@pytest.mark.parametrize("serial", [4711, None], ids=["other", "own"])
def test_a_critical_extension_that_nobody_knows_in_any_entry_makes_a_list_worth_nothing(
    authorities: Authorities, path: CertificatePath, serial: int | None
) -> None:
    """RFC 5280 §5.3: such a list says nothing of any certificate."""
    strange = Entry(serial or path.signer.serial, extensions=((UNHEARD_OF, True),))
    assert judged(path, signed_list(authorities, [strange])).doubt is Doubt.UNVERIFIED
    harmless = Entry(4711, extensions=((UNHEARD_OF, False),))
    assert judged(path, signed_list(authorities, [harmless])).state is GOOD
    known = Entry(4711, extensions=((x509.CRLReason(COMPROMISED), True),))
    assert judged(path, signed_list(authorities, [known])).state is GOOD


def test_lists_that_are_divided_by_reason_decide_together_and_all_are_evidence(
    authorities: Authorities, path: CertificatePath
) -> None:
    older = Dated(5, MOMENT - HOUR, MOMENT + HOUR)
    first = signed_list(authorities, extensions=[divided(COMPROMISED)])
    second = signed_list(authorities, extensions=[divided(*REASONS[1])], dated=older)
    over = signed_list(authorities, dated=Dated(4, MOMENT - 3 * DAY, MOMENT - 2 * DAY))
    assert judged(path, first).doubt is Doubt.UNVERIFIED
    status = judged(path, second, first, over)
    assert (status.state, status.evidence, status.beside) == (GOOD, first.digest, (second.digest,))
    assert (status.this_update, status.next_update) == (MOMENT, MOMENT + HOUR)


def test_one_of_several_lists_is_evidence_alone_where_it_decides(
    authorities: Authorities, path: CertificatePath
) -> None:
    first = signed_list(authorities, entries_of(path, COMPROMISED), extensions=[divided(COMPROMISED)])
    second = signed_list(authorities, extensions=[divided(*REASONS[1])])
    status = judged(path, first, second)
    assert (status.state, status.rests_on) == (REVOKED, frozenset({first.digest}))


def test_a_list_with_the_signature_of_another_one_does_not_complete_it(
    authorities: Authorities, path: CertificatePath
) -> None:
    """Whoever sits on the way has the signature of one list, and nothing that it would sign."""
    own = signed_list(authorities, extensions=[divided(COMPROMISED)])
    whole = signed_list(authorities)
    older = Dated(5, MOMENT - HOUR)
    stranger = ec.generate_private_key(ec.SECP256R1())
    drawn = signed_list(authorities, extensions=[divided(*REASONS[1])], dated=older, key=stranger)
    assert judged(path, own, with_signature_of(drawn, own)).state is UNKNOWN
    assert judged(path, whole, with_signature_of(drawn, whole)).state is GOOD, "and it takes nothing from it"


def with_signature_of(drawn: RevocationEvidence, other: RevocationEvidence) -> RevocationEvidence:
    """A list with the signature of another one, as if it had been signed by the same key."""
    taken, body = crl.CertificateList.load(other.octets), crl.CertificateList.load(drawn.octets)["tbs_cert_list"]
    body["signature"] = taken["tbs_cert_list"]["signature"]
    forged = {"tbs_cert_list": body, "signature_algorithm": taken["signature_algorithm"]}
    octets = crl.CertificateList({**forged, "signature": taken["signature"].native}).dump(force=True)
    return RevocationEvidence(Source.CRL, octets)


def test_an_entry_is_found_among_many_and_its_octets_elsewhere_are_none(
    authorities: Authorities, path: CertificatePath
) -> None:
    """The number of the signer stands in an extension of another entry, and then as an entry of its own."""
    number = path.signer.serial.to_bytes((path.signer.serial.bit_length() + 8) // 8)
    quoted = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.6"), b"\x02" + bytes([len(number)]) + number)
    others = [Entry(one, extensions=((quoted, False),)) for one in range(1000, 1300)]
    assert judged(path, signed_list(authorities, others)).state is GOOD
    status = judged(path, signed_list(authorities, [*others, *entries_of(path, COMPROMISED), Entry(2000)]))
    assert (status.state, status.reason) == (REVOKED, "key_compromise")


def test_a_long_list_is_read_as_far_as_it_is_about_somebody_in_question(
    authorities: Authorities, path: CertificatePath
) -> None:
    """Whoever may have signed the list is in question too; and what was signed is what came."""
    signer, issuer, *_ = about = [readable(one) for one in path.certificates]
    named = Entry(3000, extensions=((x509.CertificateIssuer([x509.DirectoryName(x509.Name([]))]), True),))
    numbers = (1000, signer.serial_number, 2000, issuer.serial_number)
    listed = signed_list(authorities, [*(Entry(one) for one in numbers), named])
    read = ReadList.of(listed, about)
    found = [one["user_certificate"].native for one in read.read["tbs_cert_list"]["revoked_certificates"]]
    assert found == [signer.serial_number, issuer.serial_number, 3000]
    assert read.read.dump() == listed.octets


def test_a_list_that_came_twice_is_believed_once(authorities: Authorities, path: CertificatePath) -> None:
    first = signed_list(authorities, extensions=[divided(*REASONS[0])])
    second = signed_list(authorities, extensions=[divided(*REASONS[1])])
    assert judged(path, first, first).state is UNKNOWN
    assert judged(path, first, first, second, first).rests_on == {first.digest, second.digest}
