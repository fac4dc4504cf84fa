"""The demonstration as anybody runs it: a process that ends well, leaves what it says, and nothing that runs."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from lxml import etree

from axis.sdk import ReceiptVerifier
from envelopes.evidence import EvidenceType
from signing.algorithms import DS
from signing.certificates import Certificate
from tests.signing.xml.xmlsec1 import accepts_under, needs_xmlsec1

pytestmark = pytest.mark.slow

SECONDS_MAX = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that everything of the demonstration names, its temporary files too."""
    return tmp_path_factory.mktemp("demonstration")


@pytest.fixture(scope="module")
def told(home: Path) -> dict[str, object]:
    """What the demonstration tells programs, once it has ended, well and in time."""
    temporary = home / "temporary"
    temporary.mkdir()
    command = [str(Path(sys.executable).with_name("axis")), "demo", "--json", "--folder", str(home / "out")]
    environment = os.environ | {"TMPDIR": str(temporary)}
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.pid in set(processes_of(home)), "what would be left running would be seen"
        out, words = process.communicate(timeout=2 * SECONDS_MAX)
    assert process.returncode == 0, words.decode()
    assert time.monotonic() - begun < SECONDS_MAX
    document: dict[str, object] = json.loads(out)
    return document


@pytest.fixture
def receipts(told: dict[str, object], home: Path) -> list[Path]:
    """The receipts it left."""
    return sorted((home / "out" / "receipts").glob("*.xml"))


def test_it_leaves_packages_and_receipts_of_every_step(
    told: dict[str, object], home: Path, receipts: list[Path]
) -> None:
    assert sorted(path.name for path in (home / "out" / "packages").iterdir()) == [
        "123.edxml",
        "124.edxml",
        "127.edxml",
    ]
    evidence = told["evidence"]
    assert isinstance(evidence, list)
    steps = [path.stem.split("-")[1] for path in receipts]
    assert steps == [*evidence, *[EvidenceType.SUBMISSION_REJECTION.value] * 2]
    assert {kind: steps.count(kind.value) for kind in EvidenceType if kind.value in steps} == {
        EvidenceType.SUBMISSION_ACCEPTANCE: 3,
        EvidenceType.CONTENT_CONSIGNMENT: 9,
        EvidenceType.CONSIGNMENT_NOTIFICATION: 3,
        EvidenceType.CONTENT_HANDOVER: 7,
        EvidenceType.CONTENT_WITHDRAWAL: 2,
        EvidenceType.RECALL_AGREEMENT: 1,
        EvidenceType.SUBMISSION_REJECTION: 2,
    }


def test_the_altered_package_and_the_one_by_a_revoked_key_were_refused(told: dict[str, object]) -> None:
    assert told["refused"] == ["signature/altered", "signature/certificate-revoked"]


def test_one_letter_is_signed_by_a_person_and_by_the_agency(told: dict[str, object]) -> None:
    traces = told["traces"]
    assert isinstance(traces, list)
    first, urgent, _ = (one["envelope"]["verdict"]["documents"] for one in traces)
    assert (first["worth"], urgent["worth"]) == ("person_and_agency", "unsigned")
    person, agency = first["files"][0]["signatures"]
    assert (person["signer"], person["indication"], person["revocation"]) == (
        "Nguyễn Văn Mẫu",
        "TOTAL-PASSED",
        "good",
    )
    assert agency["indication"] == "TOTAL-PASSED"


def test_what_was_recalled_is_left_to_nobody(told: dict[str, object]) -> None:
    traces = told["traces"]
    assert isinstance(traces, list)
    found = {
        one["recipient"]: (one["state"], [demand["state"] for demand in one["demands"]])
        for one in traces[-1]["deliveries"]
    }
    assert found == {
        "H41.21": ("withdrawn", ["withdrawn"]),
        "H26.18": ("withdrawn", ["withdrawn"]),
        "G22": ("handed_over", ["agreed"]),
    }


def test_we_believe_every_receipt(home: Path, receipts: list[Path]) -> None:
    verifier = ReceiptVerifier.pinned(Certificate.many_from_pem((home / "out" / "seal.pem").read_bytes()))
    kinds = [verifier.verify(path.read_bytes(), at=datetime.now(UTC)).type.value for path in receipts]
    assert kinds == [path.stem.split("-")[1] for path in receipts]


def test_agencies_sign_with_certificates_of_authorities_that_were_served_meanwhile(
    told: dict[str, object], home: Path
) -> None:
    package = (home / "out" / "packages" / "123.edxml").read_bytes()
    signer = next(one for one in certificates_in(package) if not one.is_authority)
    points = signer.x509.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    (url,) = (urlsplit(name.value) for point in points for name in point.full_name or ())
    assert (url.hostname, url.path) == ("127.0.0.1", "/pki/crls/issuing/latest.crl")
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", url.port or 0)):
        pass


@needs_xmlsec1
def test_xmlsec1_believes_every_receipt_and_none_that_was_altered(
    home: Path, receipts: list[Path], tmp_path: Path
) -> None:
    seal = home / "out" / "seal.pem"
    altered = tmp_path / "altered.xml"
    for path in receipts:
        assert accepts_under(path, seal)
        altered.write_bytes(path.read_bytes().replace(b"H51.15", b"H51.16", 1))
        assert not accepts_under(altered, seal)


def test_nothing_of_it_runs_or_lies_about(told: dict[str, object], home: Path) -> None:
    assert list(processes_of(home)) == []
    assert list((home / "temporary").iterdir()) == []


def certificates_in(package: bytes) -> Iterator[Certificate]:
    """Yield the certificates that a signed package carries."""
    for one in etree.fromstring(package).iter(f"{{{DS}}}X509Certificate"):
        yield Certificate(base64.b64decode(one.text or ""))


def processes_of(folder: Path) -> Iterator[int]:
    """Yield the processes that name a folder in their command line or environment, or work in it; PostgreSQL does."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid() and _names(process, str(folder)):
            yield int(process.name)


def _names(process: Path, folder: str) -> bool:
    try:
        said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        return folder.encode() in said or str((process / "cwd").readlink()).startswith(folder)
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False
