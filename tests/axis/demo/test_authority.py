"""The demo's certificates, judged by OpenSSL and by our own verifier's key loader."""

from __future__ import annotations

import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from cryptography.x509.oid import NameOID

from axis.demo.authority import Authority, Credential, Hierarchy, KeyKind, Subject, Usage, Validity, write_private
from signing.keys import load_pem, load_pkcs12

_MOMENT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
_VALIDITY = Validity.around(_MOMENT)

openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    return Hierarchy.found(_MOMENT)


@pytest.fixture(scope="module")
def agency(hierarchy: Hierarchy) -> Credential:
    return hierarchy.intermediate.issue_agency("H51.15", "Sở Tài chính tỉnh Hà Giang", validity=_VALIDITY)


def _judged(root: Authority, credential: Credential, folder: Path, moment: datetime = _MOMENT) -> str:
    """Return the words of `openssl verify` on a credential at a moment."""
    anchor, chain, leaf = folder / "root.pem", folder / "chain.pem", folder / "leaf.pem"
    anchor.write_bytes(root.certificate_pem)
    chain.write_bytes(credential.certificates_pem)
    leaf.write_bytes(credential.certificates_pem)
    at = ["-attime", str(int(moment.timestamp()))]
    files = ["-CAfile", str(anchor), "-untrusted", str(chain), str(leaf)]
    command = ["openssl", "verify", "-x509_strict", *at, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@openssl
@pytest.mark.parametrize("kind", KeyKind)
def test_openssl_accepts_a_credential_of_every_kind(hierarchy: Hierarchy, kind: KeyKind, tmp_path: Path) -> None:
    credential = hierarchy.intermediate.issue_agency(
        "G09", "Bộ Thông tin và Truyền thông", validity=_VALIDITY, kind=kind
    )
    assert _judged(hierarchy.root, credential, tmp_path).endswith("leaf.pem: OK\n")


@openssl
def test_openssl_accepts_the_seal_and_a_deeper_path(hierarchy: Hierarchy, tmp_path: Path) -> None:
    middle = hierarchy.root.subordinate(Subject("Axis demo", "Middle"), _VALIDITY, path_length=1)
    lower = middle.subordinate(Subject("Axis demo", "Lower"), _VALIDITY)
    assert len(lower.issue_seal("Trục thử nghiệm", _VALIDITY).chain) == 2
    assert _judged(hierarchy.root, lower.issue_seal("Trục thử nghiệm", _VALIDITY), tmp_path).endswith("OK\n")


@openssl
def test_openssl_refuses_a_certificate_outside_its_validity(hierarchy: Hierarchy, tmp_path: Path) -> None:
    validity = Validity(_MOMENT - timedelta(days=30), _MOMENT - timedelta(days=1))
    expired = hierarchy.intermediate.issue_agency("G09", "Bộ", validity=validity)
    assert "certificate has expired" in _judged(hierarchy.root, expired, tmp_path)
    assert _judged(hierarchy.root, expired, tmp_path, _MOMENT - timedelta(days=2)).endswith("OK\n")
    assert "not yet valid" in _judged(hierarchy.root, expired, tmp_path, _MOMENT - timedelta(days=31))


@openssl
def test_openssl_refuses_another_root_of_the_same_name(agency: Credential, tmp_path: Path) -> None:
    other = Hierarchy.found(_MOMENT).root
    assert "error" in _judged(other, agency, tmp_path)


@openssl
def test_openssl_refuses_more_authorities_than_the_path_length_allows(hierarchy: Hierarchy, tmp_path: Path) -> None:
    too_deep = hierarchy.intermediate.subordinate(Subject("Axis demo", "Too deep"), _VALIDITY)
    leaf = too_deep.issue(Subject("Nobody"), _VALIDITY)
    assert "path length" in _judged(hierarchy.root, leaf, tmp_path)


def test_an_agency_is_named_with_its_organisation_and_its_id(agency: Credential) -> None:
    subject = agency.certificate.subject
    (organ_id,) = subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    (organization,) = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organ_id.value == "H51.15"
    assert organization.value == "Sở Tài chính tỉnh Hà Giang"


def test_a_leaf_signs_documents_and_nothing_else(agency: Credential) -> None:
    extensions = agency.certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not any((usage.key_cert_sign, usage.crl_sign, usage.key_encipherment, usage.key_agreement))
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_key_identifiers_link_each_certificate_to_its_issuer(hierarchy: Hierarchy, agency: Credential) -> None:
    above = hierarchy.intermediate.credential.certificate.extensions
    issuer = agency.certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    own = above.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert issuer.key_identifier == own.digest


def test_the_chain_goes_up_to_the_root_without_it(hierarchy: Hierarchy, agency: Credential) -> None:
    assert agency.chain == (hierarchy.intermediate.credential.certificate,)
    assert hierarchy.intermediate.credential.chain == ()


def test_usages_that_must_be_refused_can_be_made(hierarchy: Hierarchy) -> None:
    made = {usage: hierarchy.intermediate.issue(Subject("Sai mục đích"), _VALIDITY, usage=usage) for usage in Usage}
    tls, bare = made[Usage.TLS].certificate, made[Usage.UNSTATED].certificate
    assert len(tls.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == 2
    with pytest.raises(x509.ExtensionNotFound):
        bare.extensions.get_extension_for_class(x509.KeyUsage)
    encipherment = made[Usage.ENCIPHERMENT].certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert encipherment.key_encipherment
    assert not encipherment.digital_signature


def test_a_long_name_is_cut_to_what_certificates_hold(hierarchy: Hierarchy) -> None:
    credential = hierarchy.intermediate.issue_agency("H51.15.1", "Ủy ban nhân dân " * 8, validity=_VALIDITY)
    (common,) = credential.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common.value == "Ủy ban nhân dân Ủy ban nhân dân Ủy ban nhân dân Ủy"


def test_written_files_are_for_their_owner_only_and_load_again(agency: Credential, tmp_path: Path) -> None:
    key, certificates = agency.write_pem(tmp_path, "h51", password="mật khẩu".encode())
    container = agency.write_pkcs12(tmp_path, "h51", password=b"secret")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert {path.name for path in tmp_path.iterdir()} == {key.name, certificates.name, container.name}
    from_pem = load_pem(key.read_bytes(), certificates.read_bytes(), password="mật khẩu".encode())
    from_container = load_pkcs12(container.read_bytes(), password=b"secret")
    assert from_pem.certificate == from_container.certificate
    assert from_pem.chain == from_container.chain
    assert len(from_pem.chain) == 1


def test_a_written_key_is_locked_by_its_password(agency: Credential) -> None:
    assert load_pem_private_key(agency.key_pem(), None).private_numbers() == agency.key.private_numbers()  # type: ignore[union-attr]
    with pytest.raises(TypeError):
        load_pem_private_key(agency.key_pem(b"secret"), None)
    with pytest.raises(ValueError, match="assword"):
        pkcs12.load_key_and_certificates(agency.pkcs12(b"secret"), b"wrong")


def test_a_private_file_that_others_could_read_is_replaced_and_not_filled(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_credential_never_shows_its_key(agency: Credential) -> None:
    assert "BEGIN" not in repr(agency)
    assert repr(agency).startswith("Credential(")


def test_the_root_signs_itself_and_may_be_of_any_kind() -> None:
    root = Authority.root(Subject("Axis demo", "RSA root"), _VALIDITY, kind=KeyKind.RSA_2048)
    root.credential.certificate.verify_directly_issued_by(root.credential.certificate)
    assert isinstance(root.credential.key, rsa.RSAPrivateKey)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Sở Nội vụ", "Sở Nội vụ"),
        ("Ủy ban nhân dân huyện Mẫu Mực tỉnh Sóc Trăng (đơn vị mẫu)", "Ủy ban nhân dân huyện Mẫu Mực tỉnh Sóc Trăng"),
        ("x" * 80, "x" * 64),
    ],
)
def test_a_name_is_cut_between_words(name: str, kept: str) -> None:
    common = Subject(name).name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert (common, len(str(common).encode()) <= 64) == (kept, True)
