"""The keys of a demonstration: made once, kept in a folder, readable by their owner only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from axis.demo.authority import Credential, Hierarchy, Validity, write_private
from axis.demo.directory import agency
from axis.embedded import KeyFiles
from axis.sdk import Credentials
from envelopes.identifiers import OrganId, SystemId
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from signing.keys import Signer, load_pkcs12

PARTICIPANTS: Final = ("H51.15", "H41.21", "H26.18", "G22")
"""The agencies that take part: one sends, the others receive; each has a certificate and a connected system."""

PASSWORD: Final = b"axis-demo"
"""Of the demonstration's PKCS#12 files. Not a secret: these keys are trusted by this demonstration alone."""


@dataclass(frozen=True, slots=True)
class Participant:
    """One agency with everything it needs to take part."""

    organ_id: OrganId
    name: str
    signer: Signer
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Issued:
    """What an authority gave to the axis and to the agencies that take part; `agencies` are by canonical id."""

    root: bytes
    """The certificate of the root as PEM, and `intermediate` that of the authority that issued everything."""

    intermediate: bytes
    seal: Credential
    agencies: Mapping[str, Credential]


class KeyRing:
    """The keys in one folder. Whatever is missing is made on opening; what is there stays.

    Certificates are those `issued`, or those of an authority that is founded for them and forgets its keys at once.
    """

    def __init__(self, folder: Path, moment: datetime, *, issued: Issued | None = None) -> None:
        self.folder = folder
        if not (folder / "root.pem").exists():
            _keep(folder, issued or _issue(moment))

    @property
    def files(self) -> KeyFiles:
        """Where the axis finds its own keys and whom it trusts."""
        return KeyFiles(
            anchors=self.folder / "root.pem",
            intermediates=self.folder / "intermediate.pem",
            seal_key=self.folder / "seal.key.pem",
            seal_certificate=self.folder / "seal.pem",
            token_key=self.folder / "token.jwk",
        )

    @property
    def seal(self) -> tuple[Certificate, ...]:
        """The seal's certificate and what it goes back to; what a client pins to believe receipts."""
        return Certificate.many_from_pem(self.seal_file.read_bytes())

    @property
    def seal_file(self) -> Path:
        """The file with `seal`, the seal's own certificate first."""
        return self.folder / "receipts.pem"

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """The root everything goes back to; what agencies' signatures are judged by."""
        return Certificate.many_from_pem(self.files.anchors.read_bytes())

    def participants(self) -> Mapping[str, Participant]:
        """Return the participating agencies by their canonical ids."""
        return {organ_id: self._participant(organ_id) for organ_id in PARTICIPANTS}

    def system_file(self, organ_id: str) -> Path:
        """Return the file with the private key of an agency's system."""
        return self.folder / f"{system_of(organ_id)}.jwk"

    def agency_file(self, organ_id: str) -> Path:
        """Return the PKCS#12 file an agency signs with."""
        return self.folder / f"{organ_id}.p12"

    def _participant(self, organ_id: str) -> Participant:
        key = AssertionKey.from_text(self.system_file(organ_id).read_bytes())
        signer = load_pkcs12(self.agency_file(organ_id).read_bytes(), password=PASSWORD)
        name = agency(organ_id).name_vi
        return Participant(OrganId(organ_id), name, signer, Credentials(system_of(organ_id), key))


def system_of(organ_id: str) -> SystemId:
    """Return the id of the system that acts for an agency in the demonstration."""
    return SystemId(f"qlvb.{organ_id.lower()}")


def _issue(moment: datetime) -> Issued:
    """Found an authority and issue everything."""
    authority = Hierarchy.found(moment)
    issuing, validity = authority.intermediate, Validity.around(moment)
    agencies = {one: issuing.issue_agency(one, agency(one).name_vi, validity=validity) for one in PARTICIPANTS}
    seal = issuing.issue_seal("Axis demo", validity)
    return Issued(authority.root.certificate_pem, issuing.certificate_pem, seal, agencies)


def _keep(folder: Path, issued: Issued) -> None:
    """Write what was issued, and make the keys that need no certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    issued.seal.write_pem(folder, "seal")
    write_private(folder / "receipts.pem", issued.seal.certificates_pem + issued.root)
    write_private(folder / "token.jwk", AssertionKey.generate().private_jwk().encode())
    write_private(folder / "intermediate.pem", issued.intermediate)
    for organ_id in PARTICIPANTS:
        issued.agencies[organ_id].write_pkcs12(folder, organ_id, password=PASSWORD)
        write_private(folder / f"{system_of(organ_id)}.jwk", AssertionKey.generate().private_jwk().encode())
    # Written last: a folder without it was interrupted, and is made anew.
    write_private(folder / "root.pem", issued.root)
