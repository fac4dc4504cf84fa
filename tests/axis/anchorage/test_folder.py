"""The trust folder is read whole or refused, says what is wrong by file, and is written safely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from axis.anchorage.entries import read_entry, write_entry
from axis.anchorage.folder import FILE_BYTES_MAX, add_authority, examine_folder, octets_in, read_folder, store_of
from axis.anchorage.words import TrustCode, finding
from axis.demo.authority import Validity
from axis.errors import Refused
from envelopes.errors import Severity
from signing.certificates import Certificate
from signing.policy import PACKAGE_POLICY, SEAL_POLICY
from signing.purposes import AuthorityKind, Purpose, TrustedAuthority
from signing.verdict import CertificatePath
from tests.signing.forgery import AUTHORITY, Forgery, rsa_key
from tests.signing.pki import MOMENT, certificate, chain, credential, hierarchy
from tests.signing.test_lints import below, without
from tests.vietnamese import foreign_in

DAY = timedelta(days=1)
ROOT = TrustedAuthority(
    certificate(hierarchy().root),
    purposes=frozenset({Purpose.PACKAGE, Purpose.DOCUMENT}),
    name='Tổ chức "thử" \\ cấp gốc',
    kind=AuthorityKind.PUBLIC_DUTY,
    trusted_from=datetime(2020, 1, 1, tzinfo=UTC),
    trusted_until=datetime(2030, 6, 1, 17, 30, tzinfo=UTC),
    tolerates=frozenset({"serial-positive"}),
)
INTERMEDIATE = TrustedAuthority(
    certificate(hierarchy().intermediate), is_anchor=False, name="Cấp trung gian", kind=AuthorityKind.LICENSED
)


def codes(refused: Refused) -> list[str]:
    return [one.code for one in refused.findings]


@pytest.mark.parametrize("authority", [ROOT, INTERMEDIATE], ids=["anchor", "intermediate"])
def test_an_entry_is_read_as_it_was_written(authority: TrustedAuthority) -> None:
    assert read_entry("a.toml", write_entry(authority), pem=authority.certificate.pem) == authority


def test_what_was_added_is_trusted_for_its_purposes(tmp_path: Path) -> None:
    files = [add_authority(tmp_path, one, at=MOMENT) for one in (ROOT, INTERMEDIATE)]
    assert all(one.stat().st_mode & 0o777 == 0o644 for one in tmp_path.iterdir())
    assert {one.suffix for one in tmp_path.iterdir()} == {".toml", ".pem"}
    assert [one.name.rpartition("-")[0] for one in files] == ["public-duty", "licensed"]
    store = store_of(octets_in(tmp_path), [Purpose.PACKAGE])
    assert set(store.authorities) == {ROOT, INTERMEDIATE}
    leaf = certificate(credential())
    assert isinstance(store.judge(leaf, chain(credential()), at=MOMENT, policy=PACKAGE_POLICY), CertificatePath)
    assert not isinstance(store.judge(leaf, chain(credential()), at=MOMENT, policy=SEAL_POLICY), CertificatePath)


def test_a_purpose_that_is_needed_and_that_nobody_serves(tmp_path: Path) -> None:
    add_authority(tmp_path, ROOT, at=MOMENT)
    add_authority(tmp_path, INTERMEDIATE, at=MOMENT)  # an intermediate for everything is no anchor for anything
    with pytest.raises(Refused) as refused:
        store_of(octets_in(tmp_path), [Purpose.PACKAGE, Purpose.SEAL, Purpose.TIMESTAMP])
    assert [(one.code, one.value) for one in refused.value.findings] == [
        (TrustCode.PURPOSE_UNSERVED, "seal"),
        (TrustCode.PURPOSE_UNSERVED, "timestamp"),
    ]


# ── what is refused when it is added ──────────────────────────────────────────────────────────────────────────────────

PAST = Validity(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
UNFIT: dict[str, tuple[Callable[[], TrustedAuthority], TrustCode]] = {
    "a signer": (lambda: TrustedAuthority(certificate(credential())), TrustCode.NOT_AUTHORITY),
    "no key usage": (
        lambda: TrustedAuthority(Forgery(is_authority=True, usage=None).under(None).certificate),
        TrustCode.NOT_AUTHORITY,
    ),
    "a weak key": (
        lambda: TrustedAuthority(Forgery.authority("yếu").under(None, rsa_key(1024)).certificate),
        TrustCode.WEAK_KEY,
    ),
    "usage of certificates by an intermediate without its issuer's key": (
        lambda: TrustedAuthority(no_issuer_key(), is_anchor=False),
        TrustCode.DEMAND_BROKEN,
    ),
}


def no_issuer_key() -> Certificate:
    authority = below(without("authority_key_identifier")).authority
    assert authority is not None
    return authority.certificate


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_no_sound_authority_is_not_added_and_nothing_is_left(name: str, tmp_path: Path) -> None:
    make, code = UNFIT[name]
    with pytest.raises(Refused) as refused:
        add_authority(tmp_path, replace(make(), name="x", kind=AuthorityKind.TEST), at=MOMENT)
    assert codes(refused.value) == [code]
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_a_demand_can_be_added_by_tolerating_it(tmp_path: Path) -> None:
    authority = TrustedAuthority(no_issuer_key(), is_anchor=False, name="x", kind=AuthorityKind.TEST)
    add_authority(tmp_path, replace(authority, tolerates=frozenset({"issuers-key-identified"})), at=MOMENT)
    assert len(read_folder(octets_in(tmp_path)).entries) == 1


def test_an_authority_is_added_once(tmp_path: Path) -> None:
    add_authority(tmp_path, ROOT, at=MOMENT)
    before = octets_in(tmp_path)
    with pytest.raises(Refused) as refused:
        add_authority(tmp_path, replace(ROOT, kind=AuthorityKind.TEST), at=MOMENT)
    assert codes(refused.value) == [TrustCode.REPEATED]
    assert octets_in(tmp_path) == before


def test_nothing_is_added_to_a_broken_folder(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("name = ")
    with pytest.raises(Refused) as refused:
        add_authority(tmp_path, ROOT, at=MOMENT)
    assert codes(refused.value) == [TrustCode.ENTRY_UNREADABLE]
    assert len(list(tmp_path.iterdir())) == 1


def test_what_an_interrupted_addition_leaves_is_trusted_for_nothing(tmp_path: Path) -> None:
    file = add_authority(tmp_path, ROOT, at=MOMENT)
    add_authority(tmp_path, INTERMEDIATE, at=MOMENT)
    file.unlink()
    (tmp_path / ".x.toml.part").write_bytes(b"half")
    reading = read_folder(octets_in(tmp_path))
    assert [one.authority for one in reading.entries] == [INTERMEDIATE]
    assert [(one.code, one.severity) for one in reading.findings] == [(TrustCode.ENTRY_MISSING, Severity.WARNING)]
    assert reading.errors == ()


# ── what is refused when it is read ───────────────────────────────────────────────────────────────────────────────────


def text(**changes: str | None) -> bytes:
    """The text about the root, with lines changed or (None) left out."""
    lines = {line.partition(" = ")[0]: line for line in write_entry(ROOT).decode().splitlines()}
    for name, value in changes.items():
        lines[name] = f"{name} = {value}"
        if value is None:
            del lines[name]
    return "\n".join(lines.values()).encode()


BROKEN: Mapping[str, tuple[bytes, TrustCode, str | None]] = {
    "no TOML": (b"name = ", TrustCode.ENTRY_UNREADABLE, None),
    "no UTF-8": (b'name = "\xff"', TrustCode.ENTRY_UNREADABLE, None),
    "nested for ever": (b"a = " + b"[" * 10_000, TrustCode.ENTRY_UNREADABLE, None),
    "an unknown entry": (text(colour='"red"'), TrustCode.ENTRY_INVALID, "colour"),
    "no name": (text(name=None), TrustCode.ENTRY_INVALID, "name"),
    "an empty name": (text(name='" "'), TrustCode.ENTRY_INVALID, "name"),
    "no role": (text(role='"root"'), TrustCode.ENTRY_INVALID, "role"),
    "an unknown kind": (text(kind='"friend"'), TrustCode.ENTRY_INVALID, "kind"),
    "an unknown purpose": (text(purposes='["tls"]'), TrustCode.ENTRY_INVALID, "purposes"),
    "no purposes": (text(purposes="[]"), TrustCode.ENTRY_INVALID, "purposes"),
    "purposes as text": (text(purposes='"package"'), TrustCode.ENTRY_INVALID, "purposes"),
    "before the first day": (text(trusted_from="0001-01-01T00:00:00+07:00"), TrustCode.ENTRY_INVALID, "trusted_from"),
    "after the last day": (text(trusted_until="9999-12-31T23:59:59-01:00"), TrustCode.ENTRY_INVALID, "trusted_until"),
    "a local time": (text(trusted_from="2026-01-01T00:00:00"), TrustCode.ENTRY_INVALID, "trusted_from"),
    "a day": (text(trusted_until="2026-01-01"), TrustCode.ENTRY_INVALID, "trusted_until"),
    "an unknown lint": (text(tolerates='["everything"]'), TrustCode.ENTRY_INVALID, "tolerates"),
    "another fingerprint": (
        text(fingerprint=f'"{"0" * 64}"'),
        TrustCode.OTHER_CERTIFICATE,
        ROOT.certificate.fingerprint,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_entry_is_named_with_its_file_and_place(name: str) -> None:
    broken, code, value = BROKEN[name]
    reading = read_folder({"a.toml": broken, "a.pem": ROOT.certificate.pem})
    assert [(one.code, one.path, one.value) for one in reading.errors] == [(code, "a.toml", value)]


SAID: Mapping[str, tuple[bytes, tuple[str, ...]]] = {
    "a missing name": (text(name=None), ("lacks the entry `name`",)),
    "an empty name": (text(name='" "'), ("`name` must be a text that is not empty",)),
    "an unknown entry": (text(colour='"red"'), ("`colour`", "one of `name`, `kind`, `role`")),
    "a wrong purpose": (
        text(purposes='["package", "tls"]'),
        ("`purposes` cannot hold `tls`", "`package`, `document`, `timestamp`, `seal`"),
    ),
    "a wrong kind": (text(kind='"friend"'), ("`friend`", "`public-duty`, `licensed`, `test`")),
    "braces": (text(kind='"{entry}`"'), ("cannot hold `{entry}'`",)),
    "an endless word": (text(role=f'"{"x" * 10_000}"'), (f"`{'x' * 60}`", "`anchor`, `intermediate`")),
    "purposes as text": (text(purposes='"package"'), ("`purposes` must be a list",)),
    "a local time": (text(trusted_from="2026-01-01T00:00:00"), ("`trusted_from` must be a moment with its offset",)),
    "a reversed window": (text(trusted_from="2031-01-01T00:00:00Z"), ("must be a moment after `trusted_from`",)),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_wrong_with_an_entry_is_said_and_what_it_may_be(name: str) -> None:
    broken, said = SAID[name]
    (found,) = read_folder({"a.toml": broken, "a.pem": ROOT.certificate.pem}).errors
    assert found.code == TrustCode.ENTRY_INVALID
    assert foreign_in(found.words) == []
    assert all(one in f"{found.words.en} {found.words.do_en}" for one in said), found.words


def test_a_reversed_window() -> None:
    broken = text(trusted_from="2031-01-01T00:00:00Z")
    (found,) = read_folder({"a.toml": broken, "a.pem": ROOT.certificate.pem}).errors
    assert (found.code, found.value) == (TrustCode.ENTRY_INVALID, "trusted_until")


@pytest.mark.parametrize(
    "pem", [None, b"", b"-----BEGIN CERTIFICATE-----\n", ROOT.certificate.pem + INTERMEDIATE.certificate.pem]
)
def test_the_certificate_beside_is_one_and_readable(pem: bytes | None) -> None:
    octets = {"a.toml": text()} | ({} if pem is None else {"a.pem": pem})
    (found,) = read_folder(octets).errors
    assert (found.code, found.path) == (TrustCode.CERTIFICATE_UNREADABLE, "a.toml")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    pem = ROOT.certificate.pem
    reading = read_folder(
        {"a.toml": b"?", "a.pem": pem, "b.toml": text(), "b.pem": pem, "c.toml": text(), "c.pem": pem}
    )
    assert [(one.code, one.path) for one in reading.errors] == [
        (TrustCode.ENTRY_UNREADABLE, "a.toml"),
        (TrustCode.REPEATED, "c.toml"),
    ]


def test_a_fingerprint_may_have_colons_and_capitals() -> None:
    spelled = ":".join(ROOT.certificate.fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    assert read_entry("a.toml", text(fingerprint=f'"{spelled}"'), pem=ROOT.certificate.pem) == ROOT


def test_a_folder_that_is_not_there_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as refused:
        octets_in(tmp_path / "none")
    assert codes(refused.value) == [TrustCode.FOLDER_UNREADABLE]
    (tmp_path / "a.toml").write_bytes(bytes(FILE_BYTES_MAX + 1))
    with pytest.raises(Refused) as refused:
        octets_in(tmp_path)
    assert codes(refused.value) == [TrustCode.ENTRY_UNREADABLE]
    monkeypatch.setattr("axis.anchorage.folder.FILES_MAX", 0)
    with pytest.raises(Refused) as refused:
        octets_in(tmp_path)
    assert codes(refused.value) == [TrustCode.TOO_MANY]


# ── what a person should know ─────────────────────────────────────────────────────────────────────────────────────────


def test_doubts_are_warnings_and_keep_nothing_from_being_used() -> None:
    weak = Forgery("yếu", is_authority=True, usage=AUTHORITY, validity=PAST).under(None, rsa_key(1024)).certificate
    entry = write_entry(TrustedAuthority(weak, name="yếu", kind=AuthorityKind.TEST))
    reading = examine_folder({"a.toml": entry, "a.pem": weak.pem}, [Purpose.SEAL], at=MOMENT)
    assert {one.code for one in reading.findings} == {TrustCode.WEAK_KEY, TrustCode.EXPIRED}
    assert reading.errors == ()


VALID = ROOT.certificate
SHUT: Mapping[str, tuple[datetime | None, datetime | None]] = {
    "given up": (None, MOMENT),
    "not trusted yet": (MOMENT + DAY, None),
    "given up before the certificate began": (None, VALID.not_before),
    "trusted when the certificate has ended": (VALID.not_after + DAY, None),
}


@pytest.mark.parametrize("name", SHUT)
def test_an_anchor_outside_its_window_serves_nobody(name: str, tmp_path: Path) -> None:
    since, until = SHUT[name]
    shut = replace(ROOT, trusted_from=since, trusted_until=until)
    add_authority(tmp_path, shut, at=MOMENT)
    octets = octets_in(tmp_path)
    reading = examine_folder(octets, [Purpose.PACKAGE], at=MOMENT)
    assert [(one.code, one.value) for one in reading.errors] == [(TrustCode.PURPOSE_UNSERVED, "package")]
    (warned,) = [one for one in reading.findings if one.code == TrustCode.WINDOW_CLOSED]
    assert (warned.severity, warned.path) == (Severity.WARNING, reading.entries[0].file)
    # What a running process takes up is not asked for its windows: giving up acts on the last authority too.
    assert store_of(octets, [Purpose.PACKAGE]).authorities == (shut,)


def test_a_window_that_is_open_serves_nobody_where_the_certificate_had_ended_before(tmp_path: Path) -> None:
    add_authority(tmp_path, replace(ROOT, trusted_from=VALID.not_after + DAY, trusted_until=None), at=MOMENT)
    reading = examine_folder(octets_in(tmp_path), [Purpose.PACKAGE], at=VALID.not_after + 2 * DAY)
    assert [one.code for one in reading.errors] == [TrustCode.PURPOSE_UNSERVED]
    assert {TrustCode.EXPIRED, TrustCode.WINDOW_CLOSED} <= {one.code for one in reading.findings}


@pytest.mark.parametrize("code", TrustCode)
def test_each_code_has_words_in_both_languages(code: TrustCode) -> None:
    words = finding(code).words
    assert foreign_in(words) == []
    assert all((words.vi, words.en, words.do_vi, words.do_en))
    assert words.vi != words.en
