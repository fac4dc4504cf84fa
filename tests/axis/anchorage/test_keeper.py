"""A running process takes up a changed trust store within seconds, and goes on by the old one while it is broken."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from axis.anchorage.folder import Octets, add_authority
from axis.anchorage.keeper import FRESH_SECONDS, Anchorage, TrustFiles, TrustFolder, TrustSource
from axis.anchorage.words import TrustCode
from axis.errors import Refused
from axis.metrics import HealthCheck, Metrics
from axis.settings import Settings
from axis.wiring import open_trust
from signing.errors import CertificateUnreadable, TrustUnusable
from signing.purposes import AuthorityKind, Purpose, TrustedAuthority
from signing.trust import TrustStore
from tests.signing.forgery import Forgery
from tests.signing.pki import MOMENT, certificate, hierarchy

ROOT = TrustedAuthority(certificate(hierarchy().root), name="gốc", kind=AuthorityKind.TEST)
VERSION_3, VERSION_10 = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09"
OTHER = TrustedAuthority(Forgery.authority("khác").under(None).certificate, name="khác", kind=AuthorityKind.TEST)


@dataclass
class Kept:
    """An anchorage, its folder and the clock it goes by."""

    folder: Path
    elapsed: float = 0.0
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        source = TrustFolder(self.folder, (Purpose.PACKAGE,))
        self.anchorage = Anchorage(source, lambda: self.elapsed, metrics=self.metrics)

    def later(self, seconds: float = FRESH_SECONDS) -> TrustStore:
        self.elapsed += seconds
        return self.anchorage.current()

    @property
    def health(self) -> float | None:
        return self.metrics.registry.get_sample_value("axis_health", {"check": HealthCheck.TRUST.value})


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """An anchorage on a folder with one authority."""
    add_authority(tmp_path, ROOT, at=MOMENT)
    return Kept(tmp_path)


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    with capture_logs() as lines:
        yield lines  # type: ignore[misc] # mappings


def events(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"].value if hasattr(line["event"], "value") else line["event"] for line in lines]


def test_a_change_is_taken_up_after_a_few_seconds_and_not_before(kept: Kept) -> None:
    before = kept.anchorage.current()
    add_authority(kept.folder, OTHER, at=MOMENT)
    assert kept.later(FRESH_SECONDS - 1) is before
    with logged() as lines:
        after = kept.later(1)
    assert set(after.anchors) == {ROOT.certificate, OTHER.certificate}
    assert [(line["event"], line["authorities_count"]) for line in lines] == [("trust_loaded", 2)]
    assert before.anchors == (ROOT.certificate,)


def test_what_has_not_changed_is_the_same_store_with_all_it_remembers(kept: Kept) -> None:
    before = kept.anchorage.current()
    with logged() as lines:
        assert kept.later() is before
    assert lines == []


def broken_text(folder: Path) -> None:
    (folder / "broken.toml").write_text("purposes = [")


def no_folder(folder: Path) -> None:
    folder.rename(folder.with_name("away"))


def nobody_for_packages(folder: Path) -> None:
    (file,) = folder.glob("*.toml")
    file.write_text(file.read_text().replace('"package", ', ""))


def of_no_version(folder: Path) -> None:
    """A certificate that says it is of a version which there is not (RFC 5280 §4.1.2.1)."""
    der = OTHER.certificate.der.replace(VERSION_3, VERSION_10, 1)
    text = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    entry = next(folder.glob("*.toml")).read_bytes()
    (folder / "broken.toml").write_bytes(entry)
    (folder / "broken.pem").write_bytes(text)


def of_a_version(folder: Path) -> None:
    for one in folder.glob("broken.*"):
        one.unlink()


def mend_text(folder: Path) -> None:
    (folder / "broken.toml").unlink()


def folder_back(folder: Path) -> None:
    folder.with_name("away").rename(folder)


def hide(folder: Path) -> None:
    for one in folder.iterdir():
        one.rename(f"{one}~")


def show(folder: Path) -> None:
    for one in folder.iterdir():
        one.rename(str(one).rstrip("~"))


BREAKS = {
    "an entry that is no TOML": (broken_text, mend_text, TrustCode.ENTRY_UNREADABLE),
    "a certificate of no known version": (of_no_version, of_a_version, TrustCode.CERTIFICATE_UNREADABLE),
    "a folder that is gone": (no_folder, folder_back, TrustCode.FOLDER_UNREADABLE),
    "an empty folder": (hide, show, TrustCode.PURPOSE_UNSERVED),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_folder_is_told_once_and_the_old_store_goes_on(name: str, kept: Kept) -> None:
    break_it, mend_it, code = BREAKS[name]
    before = kept.anchorage.current()
    break_it(kept.folder)
    with logged() as lines:
        stores = {id(kept.later()) for _ in range(5)}
    assert stores == {id(before)}
    assert [(line["event"], line["code"], line["log_level"]) for line in lines] == [("trust_broken", code, "error")]
    assert (kept.health, kept.anchorage.is_sound()) == (0.0, False)
    mend_it(kept.folder)
    with logged() as lines:
        assert kept.later() is before
        assert kept.later() is before
    assert events(lines) == ["trust_loaded"]
    assert (kept.health, kept.anchorage.is_sound()) == (1.0, True)


def test_what_nobody_foresaw_stops_no_request_and_is_no_sound_store(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unforeseen(_: TrustFolder) -> Octets:
        raise ZeroDivisionError

    before = kept.anchorage.current()
    with monkeypatch.context() as patched, logged() as lines:
        patched.setattr(TrustFolder, "octets", unforeseen)
        assert kept.later() is before
        assert kept.later(FRESH_SECONDS - 1) is before, "not looked at for every request"
    assert events(lines) == ["work_failed"]
    assert not kept.anchorage.is_sound()
    assert kept.later() is before
    assert kept.anchorage.is_sound()


def test_another_fault_is_told_again(kept: Kept) -> None:
    broken_text(kept.folder)
    with logged() as lines:
        kept.later()
        (kept.folder / "broken.toml").write_text("[[[")
        kept.later()
        kept.later()
    assert events(lines) == ["trust_broken", "trust_broken"]


def test_a_folder_mended_by_other_means_is_taken_up(kept: Kept) -> None:
    nobody_for_packages(kept.folder)
    kept.later()
    assert not kept.anchorage.is_sound()
    add_authority(kept.folder, OTHER, at=MOMENT)
    assert kept.later().anchors_for(Purpose.PACKAGE) == (OTHER.certificate,)
    assert kept.anchorage.is_sound()


def test_a_process_does_not_start_on_a_broken_folder(tmp_path: Path) -> None:
    for code in (TrustCode.PURPOSE_UNSERVED, TrustCode.ENTRY_UNREADABLE):
        with pytest.raises(Refused) as refused:
            Kept(tmp_path)
        assert refused.value.findings[0].code == code
        broken_text(tmp_path)


def test_a_process_does_not_start_where_the_only_anchor_was_given_up(tmp_path: Path) -> None:
    add_authority(tmp_path, replace(ROOT, trusted_until=MOMENT), at=MOMENT)
    settings = Settings.model_validate({"trust": {"folder": tmp_path}})
    open_trust(settings, Metrics(), at=MOMENT - timedelta(hours=1))
    with pytest.raises(Refused) as refused:
        open_trust(settings, Metrics(), at=MOMENT)
    told = [(one.code, one.value) for one in refused.value.findings]
    assert told == [(TrustCode.PURPOSE_UNSERVED, "package"), (TrustCode.PURPOSE_UNSERVED, "seal")]


def test_who_comes_while_the_files_are_read_goes_on_with_the_store_before(kept: Kept) -> None:
    reading, over = threading.Event(), threading.Event()

    @dataclass
    class Slow:
        """A source that takes its time."""

        source: TrustSource

        def octets(self) -> Octets:
            reading.set()
            assert over.wait(20)
            return self.source.octets()

        def store(self, octets: Octets) -> TrustStore:
            return self.source.store(octets)

    before = kept.anchorage.current()
    add_authority(kept.folder, OTHER, at=MOMENT)
    kept.anchorage._source = Slow(kept.anchorage._source)
    kept.elapsed += FRESH_SECONDS
    reader = threading.Thread(target=kept.anchorage.current)
    reader.start()
    assert reading.wait(20)
    assert kept.anchorage.current() is before
    over.set()
    reader.join(20)
    assert len(kept.anchorage.current().anchors) == 2


# ── the simple form ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_plain_files_are_trusted_for_everything_and_taken_up_anew(tmp_path: Path) -> None:
    anchors, intermediates = tmp_path / "anchors.pem", tmp_path / "intermediates"
    anchors.write_bytes(ROOT.certificate.pem)
    intermediates.mkdir()
    (intermediates / "one.pem").write_bytes(certificate(hierarchy().intermediate).pem)
    clock = [0.0]
    anchorage = Anchorage(TrustFiles(anchors, intermediates), lambda: clock[0])
    store = anchorage.current()
    store.require(*Purpose)
    assert (store.anchors, len(store.intermediates)) == ((ROOT.certificate,), 1)
    anchors.write_bytes(ROOT.certificate.pem + OTHER.certificate.pem)
    clock[0] += FRESH_SECONDS
    assert len(anchorage.current().anchors) == 2
    for octets in (b"nothing", certificate(hierarchy().intermediate).pem[:100]):
        anchors.write_bytes(octets)
        clock[0] += FRESH_SECONDS
        assert len(anchorage.current().anchors) == 2
        assert not anchorage.is_sound()


def test_plain_files_that_are_no_authorities_stop_the_start(tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.pem"
    with pytest.raises(Refused):
        Anchorage(TrustFiles(anchors), lambda: 0.0)
    anchors.write_bytes(b"nothing")
    with pytest.raises(CertificateUnreadable):
        Anchorage(TrustFiles(anchors), lambda: 0.0)
    anchors.write_bytes(Forgery().under(None).certificate.pem)
    with pytest.raises(TrustUnusable):
        Anchorage(TrustFiles(anchors), lambda: 0.0)


def test_windows_and_purposes_come_with_the_folder(tmp_path: Path) -> None:
    given = replace(ROOT, purposes=frozenset({Purpose.PACKAGE}), trusted_until=MOMENT)
    add_authority(tmp_path, given, at=MOMENT)
    assert Kept(tmp_path).anchorage.current().authorities == (given,)
