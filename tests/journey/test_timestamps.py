"""Packages with time stamps at the door of a running axis: counted, not counted, required."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from axis.demo.authority import Credential, Validity
from axis.sdk import ProblemReported, sign_package
from envelopes.identifiers import EnvelopeId
from storage.database.envelopes import get_envelope
from tests.fixtures.running import RunningAxis
from tests.journey.door import door_of
from tests.journey.refusing import Gatekeeper
from tests.signing.forgery import Forgery, as_credential
from tests.signing.stamping import Stamp, usage


def authority_of(running: RunningAxis, *, is_fit: bool = True) -> Credential:
    """Return a time-stamping authority of the country; an unfit one's certificate is for something else."""
    issuer, validity = running.country.intermediate, Validity.around(running.clock.now())
    forgery = Forgery("Dấu thời gian", validity=validity, extensions=usage() if is_fit else ())
    return as_credential(forgery.under(issuer), (issuer.credential.certificate,))


def stamped(gatekeeper: Gatekeeper, *, is_fit: bool = True, late: timedelta = timedelta()) -> bytes:
    """Return a new package of level B-T."""
    running, sender = gatekeeper.running, gatekeeper.sender
    now, by = running.clock.now(), authority_of(running, is_fit=is_fit)
    letter = running.letter(sender, [gatekeeper.recipient])
    stamper = lambda octets: Stamp(octets, now + late, by).der  # noqa: E731
    return sign_package(letter, sender.signer, at=now, stamper=stamper)


def verdict_kept(gatekeeper: Gatekeeper, package: bytes) -> Mapping[str, Any]:
    """Return the verdict that is kept of a package, which is accepted."""
    envelope_id = EnvelopeId(UUID(gatekeeper.accepts(package)["envelope_id"]))
    with gatekeeper.running.embedded.axis.premises.transactions.read() as session:
        record = get_envelope(session, envelope_id)
    assert record is not None
    return record.verdict


def test_a_stamp_that_counts_is_kept_with_the_verdict(gatekeeper: Gatekeeper) -> None:
    kept = verdict_kept(gatekeeper, stamped(gatekeeper))
    assert (kept["level"], kept["timestamps_not_counted"]) == ("B-T", [])
    assert kept["proof_of_existence"] <= kept["judged_at"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"is_fit": False}, "timestamp/untrusted"), ({"late": timedelta(days=1)}, "timestamp/time-impossible")],
)
def test_a_stamp_that_does_not_count_refuses_nothing(
    gatekeeper: Gatekeeper, changes: dict[str, Any], code: str
) -> None:
    package = stamped(gatekeeper, **changes)
    kept = verdict_kept(gatekeeper, package)
    assert (kept["level"], kept["proof_of_existence"]) == ("B-B", None)
    assert kept["timestamps_not_counted"] == [code]
    told = gatekeeper.sender.post(package).json()["warnings"]
    assert code in [one["code"] for one in told], "who stamped is told that it proves nothing"


def test_a_package_without_a_stamp_is_of_the_basic_level(gatekeeper: Gatekeeper) -> None:
    kept = verdict_kept(gatekeeper, gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient))
    assert (kept["level"], kept["timestamps_not_counted"]) == ("B-B", [])


def test_an_axis_that_requires_stamps(gatekeeper: Gatekeeper) -> None:
    running = gatekeeper.running
    trust = running.embedded.axis.settings.trust.model_copy(update={"require_timestamp": True})
    with door_of(running, trust=trust) as door:
        client = door.client(gatekeeper.sender)
        assert not client.send(stamped(gatekeeper)).is_repeat
        plain = running.package(gatekeeper.sender, gatekeeper.recipient)
        for package, code in [(plain, "missing"), (stamped(gatekeeper, is_fit=False), "untrusted")]:
            with pytest.raises(ProblemReported) as reported:
                client.send(package)
            assert (reported.value.problem.status, reported.value.problem.code) == (422, f"timestamp/{code}")
            assert reported.value.evidence is not None
