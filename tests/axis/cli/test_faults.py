"""Whatever goes wrong on the command line, a Vietnamese sentence about it is Vietnamese through and through."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from axis.cli.exits import ExitCode
from axis.cli.failures import _SIMPLE, FORESEEN, failure_of
from axis.cli.fault_words import VIETNAMESE, Faulty, fault_of
from axis.cli.faults import InputFault, input_fault
from axis.demo.errors import JourneyFailed, JourneyFault
from axis.enrolment.agency_rows import COLUMN_NAMES
from axis.sdk.errors import ReceiptFault, ReceiptRefused, SealFault, SealRefused
from envelopes.errors import InvalidModel, ModelFault
from signing.errors import KeyFault, KeyUnusable, SigningError, TrustFault, TrustUnusable
from signing.timestamping import NoTimestamp
from storage.errors import (
    BlobKeysFault,
    BlobKeysUnusable,
    BlobStoreUnavailable,
    EmbeddedFault,
    EmbeddedUnavailable,
    StoreFault,
)
from tests.axis.cli.conftest import Axis, Ran
from tests.vietnamese import foreign, sentences

PROFILE = 'url = "https://truc.example.vn"\nsystem_id = "a"\nkey = "a.jwk"\nseal_certificates = "seal.pem"\n'
LETTER = 'from = "H51"\nto = ["H41"]\nnumber = "1"\nnotation = "A"\nsubject = "V/v"\n'


def told(ran: Ran) -> list[str]:
    """Return what a failed command says in Vietnamese; it says it in English, too, and both are there."""
    assert ran.code is not ExitCode.UNEXPECTED, ran.out
    error = json.loads(ran.out)["error"]
    assert error["en"]
    said = list(sentences(error))
    assert said
    assert [text for text in said if foreign(text)] == []
    return said


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nothing",),
        ("agency",),
        ("agency", "nothing"),
        ("agency", "show"),
        ("agency", "show", "H51", "H52"),
        ("agency", "show", "H51", "--nope"),
        ("agency", "import", "x", "--format", "xls"),
        ("inbox", "pull", "x", "--limit", "many"),
        ("inbox", "pull", "x", "--limit", "1000"),
        ("inbox", "pull", "x", "--limit"),
        ("inbox", "pull", "x", "--ack=yes"),
        ("agency", "close", "H51", "--reason", "x"),
    ],
)
def test_a_wrong_command_line(axis: Axis, arguments: tuple[str, ...]) -> None:
    ran = axis(*arguments, "--json")
    assert ran.code is ExitCode.USAGE
    told(ran)


@pytest.mark.parametrize(
    "arguments",
    [
        ("agency", "export", "x.txt"),
        ("agency", "close", "H51", "--on", "x", "--reason", "x"),
        ("agency", "close", "?", "--on", "2026-01-01", "--reason", "x"),
        ("system", "show", "Ω"),
        ("system", "add", "a", "--agency", "H51", "--name", "x", "--reason", "x"),
        ("inbox", "pull", "x", "--recipient", "?"),
        ("trace", "x"),
        ("trace", "x", "--document-id", "x"),
        ("status", "send", "99", "--to", "H41", "--document-id", "x"),
        ("status", "send", "03", "--to", "H41", "--document-id", " "),
        ("status", "send", "03"),
        ("verify", "seal.pem", "--at", "x"),
        ("verify", "seal.pem", "--package", "x", "--message", "x"),
    ],
)
def test_a_value_that_cannot_be_used(
    axis: Axis, on_database: None, keys: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(keys)
    told(axis(*arguments, "--json", AXIS_PROFILE=str(keys / "profile.toml")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "url = 5",
        'url = "',
        "[a]\nb = 1",
        "x = " + "[" * 5_000,
        PROFILE + "colour = 'red'",
        PROFILE + 'agency = ""',
        PROFILE + 'agency = "H 51"',
        PROFILE.replace("https", "ftp"),
        PROFILE.replace('"a"', '"A"'),
        "\udcff",
    ],
)
def test_a_profile_that_is_not_whole(axis: Axis, tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert told(axis("trace", "x", "--profile", file, "--json"))


def _raw(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


WEAK: Callable[[], bytes] = lambda: _raw(rsa.generate_private_key(65537, 1024))  # noqa: E731, S505  weak on purpose
FOREIGN: Callable[[], bytes] = lambda: _raw(ed25519.Ed25519PrivateKey.generate())  # noqa: E731


@pytest.mark.parametrize("key", [lambda: b"x", lambda: b"{}", lambda: b'{"kty":"EC"}', FOREIGN])
def test_a_key_that_systems_cannot_use(axis: Axis, keys: Path, key: Callable[[], bytes]) -> None:
    (keys / "system.jwk").write_bytes(key())
    told(axis("trace", "x", "--profile", keys / "profile.toml", "--json"))


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--key", "agency.key.pem"),
        ("--key", "none.pem", "--certificate", "agency.pem"),
        ("--key", "agency.pem", "--certificate", "agency.pem"),
        ("--key", "agency.key.pem", "--certificate", "password"),
        ("--key", "agency.key.pem", "--certificate", "root.pem"),
        ("--key", "foreign.pem", "--certificate", "agency.pem"),
        ("--key", "weak.pem", "--certificate", "agency.pem"),
        ("--p12", "agency.p12"),
        ("--p12", "password", "--password-file", "password"),
    ],
)
def test_a_key_that_cannot_sign(axis: Axis, keys: Path, options: tuple[str, ...]) -> None:
    (keys / "foreign.pem").write_bytes(FOREIGN())
    (keys / "weak.pem").write_bytes(WEAK())
    (keys / "letter.toml").write_text(LETTER)
    placed = [option if option.startswith("--") else str(keys / option) for option in options]
    told(axis("envelope", "sign", keys / "letter.toml", "-o", keys / "x.edxml", *placed, "--json"))


@pytest.mark.parametrize("file", ["agency.pem", "password", "none.pem"])
def test_anchors_that_vouch_for_nobody(axis: Axis, keys: Path, file: str) -> None:
    told(axis("envelope", "check", keys / "seal.pem", "--trust", keys / file, "--json"))


@pytest.mark.parametrize("seal", ["root.pem", "agency.pem", "password"])
def test_a_seal_that_nobody_can_believe(axis: Axis, keys: Path, seal: str) -> None:
    told(axis("verify", keys / "root.pem", "--seal", keys / seal, "--json"))


@pytest.mark.parametrize("receipt", [b"", b"x", b"<a/>", b"<!DOCTYPE a><a/>", b"\xff"])
def test_a_receipt_that_is_none(axis: Axis, keys: Path, receipt: bytes) -> None:
    (keys / "receipt.xml").write_bytes(receipt)
    told(axis("verify", keys / "receipt.xml", "--seal", keys / "seal.pem", "--json"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "to = ["),
        ("a.toml", "to = [" * 5_000),
        ("a.toml", 'to = "a\x01"'),
        ("a.json", "[]"),
        ("a.json", "[" * 100_000),
        ("a.json", "nothing"),
        ("a.json", '{"a": 1'),
        ("a.json", '{"number": ' + "1" * 5_000 + "}"),
        ("a.json", "\udcff"),
        ("a.toml", 'from = "H 51"\nto = ["H41", 5, { nmae = "x" }, {}]\ndate = "20/11/2026"\npriority = "very"'),
        ("a.toml", 'pages = true\ncopies = "2"\ndocument_id = "a\\tb"\nattachments = ["none.pdf", 1]\nto_places = 1'),
        ("a.toml", "signer = 1\nchanges_document = 1\nsubject = 1\ndate = 1\nfrom = 1"),
        ("a.toml", LETTER + f'content = "{"x" * 20_000}"'),
        ("a.toml", LETTER + 'content = "a\\u0007b"'),
        ("a.toml", LETTER + "pages = 3000000000"),
        ("a.toml", LETTER + "pages = -1"),
    ],
    ids=range(16),
)
def test_a_description_that_is_none(axis: Axis, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    told(axis("envelope", "build", tmp_path / name, "-o", tmp_path / "x.edxml", "--json"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "organ_id;name_vi"),
        ("a.csv", 'organ_id,"name'),
        ("a.csv", "organ_id,organ_id,x"),
        ("a.csv", "\udcff"),
        ("a.csv", ""),
        ("a.json", "{"),
        ("a.json", "[1"),
        ("a.json", "[1 2"),
        ("a.json", "[{]"),
        ("a.json", "[] 1"),
        ("a.json", "[" * 100_000),
        ("a.json", "[" + "1" * 5_000 + "]"),
        ("a.json", "[1, {}]"),
    ],
    ids=range(13),
)
def test_a_file_of_agencies_that_is_none(axis: Axis, on_database: None, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    told(axis("agency", "import", tmp_path / name, "--reason", "x", "--json"))


def test_rows_of_every_wrong_kind(axis: Axis, on_database: None, tmp_path: Path) -> None:
    row = {name: {"a": 1} for name in COLUMN_NAMES}
    (tmp_path / "a.json").write_text(json.dumps([row]))
    assert len(told(axis("agency", "import", tmp_path / "a.json", "--reason", "x", "--json"))) > len(row)


NAMES = {
    "purpose": "package",
    "setting": "seal.key_file",
    "subject": "CN=a",
    "code": "signature/altered",
    "seal": "9f86d081",
    "type": "ContentHandover",
    "folder": "var",
    "environment": "test",
    "instance": "axis-development",
    "module": "/usr/lib/module.so",
    "token": "axis",
    "pid": "7",
    "owner": "0",
    "made": "15",
    "needed": "18",
    "seconds": "20",
    "organ_id": "H41.21",
    "wanted_environment": "production",
    "wanted_instance": "truc-khac",
    "numbers": "[]",
    "said": "what a server said in its own words",
    "key": "3f9a0c",
    "file": "2026.key",
}
FAULTY = [
    *(KeyUnusable(fault, **NAMES) for fault in KeyFault),
    *(TrustUnusable(fault, **NAMES) for fault in TrustFault),
    *(ReceiptRefused(fault, **NAMES) for fault in ReceiptFault),
    *(SealRefused(fault, **NAMES) for fault in SealFault),
    *(EmbeddedUnavailable(fault, **NAMES) for fault in EmbeddedFault),
    *(BlobStoreUnavailable(fault, **NAMES) for fault in StoreFault),
    *(BlobKeysUnusable(fault, **NAMES) for fault in BlobKeysFault),
    *(JourneyFailed(fault, **NAMES) for fault in JourneyFault),
]


@pytest.mark.parametrize("error", FAULTY, ids=lambda error: f"{type(error).__name__}-{error.fault.name}")
def test_every_fault_of_every_floor(
    error: Faulty,
) -> None:
    fault = fault_of(error)
    assert (foreign(fault.vi), fault.en, fault.vi == fault.en) == ([], str(error), False)
    assert "{" not in fault.vi + fault.en
    if isinstance(error, FORESEEN):
        failure = failure_of(error)
        assert failure.fault == fault.code
        assert fault.vi in failure.words.vi
        assert fault.en in failure.words.en


@pytest.mark.parametrize("kind", ModelFault)
def test_every_value_that_the_format_cannot_carry(kind: ModelFault) -> None:
    failure = failure_of(InvalidModel("subject: some words", kind, place="subject"))
    assert (foreign(failure.words.vi), failure.fault) == ([], kind.name.lower().replace("_", "-"))
    assert "subject: some words" in failure.words.en


@pytest.mark.parametrize("kind", InputFault)
def test_every_fault_of_what_people_write(kind: InputFault) -> None:
    names = {"name": "url", "names": '"url"', "format": "TOML", "line": 1, "column": 2, "place": 3, "said": "words"}
    fault = input_fault(kind, **names)
    assert (fault.code, foreign(fault.vi)) == (kind.value, [])


def test_no_two_lists_share_a_fault_that_means_another_thing() -> None:
    lists = (
        *(KeyFault, TrustFault, ReceiptFault, SealFault, EmbeddedFault, JourneyFault, ModelFault),
        *(StoreFault, BlobKeysFault),
    )
    assert set(VIETNAMESE) == {fault.value for one in lists for fault in one}
    assert {fault.name for one in lists for fault in one if len([o for o in lists if fault.value in set(o)]) > 1} == {
        "NOT_SET"
    }


def test_every_error_of_keys_and_trust_has_its_own_words() -> None:
    # What no authority stamped is told of each authority in words of its own.
    for kind in {*SigningError.__subclasses__()} - {NoTimestamp}:
        assert kind in _SIMPLE
