"""What production must not start with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from axis.settings import SettingsRefused, effective, load_settings, unknown_variables
from tests.storage.shelving import write_ring


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(no_axis_variables: None) -> None:
    """Every test here says itself what is set."""


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """The variables of a production that starts."""
    for name in ("seal.key", "seal.pem", "token.key", "anchors.pem"):
        (tmp_path / name).touch(mode=0o600)
    return {
        "AXIS_ENVIRONMENT": "production",
        "AXIS_INSTANCE": "truc-quoc-gia",
        "AXIS_DATABASE__URL": "postgresql+psycopg://axis@db/axis",
        "AXIS_BLOBS__PATH": str(tmp_path / "blobs"),
        "AXIS_BLOBS__KEYS_FOLDER": str(write_ring(tmp_path / "blob-keys", "2026")),
        "AXIS_SEAL__KEY_FILE": str(tmp_path / "seal.key"),
        "AXIS_SEAL__CERTIFICATE_FILE": str(tmp_path / "seal.pem"),
        "AXIS_TRUST__ANCHORS": str(tmp_path / "anchors.pem"),
        "AXIS_WEB__PUBLIC_URL": "https://truc.example.vn",
        "AXIS_WEB__TOKEN_KEY_FILE": str(tmp_path / "token.key"),
    }


def _refused(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> set[tuple[str, str]]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    return {(refusal.setting.removeprefix("AXIS_"), refusal.code) for refusal in caught.value.refusals}


def test_production_starts_when_everything_is_said(monkeypatch: pytest.MonkeyPatch, production: dict[str, str]) -> None:
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    assert load_settings().instance == "truc-quoc-gia"


def test_bare_production_is_told_every_reason_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _refused(monkeypatch, {"AXIS_ENVIRONMENT": "production"}) == {
        ("INSTANCE", "settings/development-default"),
        ("DATABASE__URL", "settings/missing"),
        ("BLOBS__PATH", "settings/development-default"),
        ("BLOBS__KEYS_FOLDER", "settings/missing"),
        ("SEAL__KEY_FILE", "settings/missing"),
        ("TRUST__FOLDER", "settings/missing"),
        ("WEB__PUBLIC_URL", "settings/development-default"),
        ("WEB__TOKEN_KEY_FILE", "settings/missing"),
    }


def test_every_other_environment_starts_with_the_same_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for environment in ("development", "test"):
        monkeypatch.setenv("AXIS_ENVIRONMENT", environment)
        assert load_settings().environment == environment


def test_a_pem_key_needs_its_certificate_and_a_pkcs12_does_not(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    del production["AXIS_SEAL__CERTIFICATE_FILE"]
    assert _refused(monkeypatch, production) == {("SEAL__CERTIFICATE_FILE", "settings/missing")}
    container = tmp_path / "seal.p12"
    container.touch(mode=0o600)
    monkeypatch.setenv("AXIS_SEAL__KEY_FILE", str(container))
    assert load_settings().seal.key_file == container


def test_a_broker_in_memory_reaches_no_other_process(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str]
) -> None:
    assert _refused(monkeypatch, production | {"AXIS_BROKER__KIND": "memory"}) == {
        ("BROKER__KIND", "settings/one-process")
    }


def test_the_files_of_a_broker_must_be_there_and_its_key_private(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "broker.key").touch(mode=0o644)
    broker = {
        "AXIS_BROKER__KIND": "redis",
        "AXIS_BROKER__URL": "rediss://redis.internal",
        "AXIS_BROKER__CA_FILE": str(tmp_path / "nowhere"),
        "AXIS_BROKER__KEY_FILE": str(tmp_path / "broker.key"),
    }
    assert _refused(monkeypatch, production | broker) == {
        ("BROKER__CA_FILE", "settings/no-such-file"),
        ("BROKER__KEY_FILE", "settings/exposed"),
    }


def on_token(production: dict[str, str], module: Path) -> dict[str, str]:
    """The same production with its seal on a token."""
    del production["AXIS_SEAL__CERTIFICATE_FILE"], production["AXIS_SEAL__KEY_FILE"]
    module.touch()
    uri = f"pkcs11:token=axis;object=seal?module-path={module}"
    return production | {"AXIS_SEAL__PKCS11_URI": uri, "AXIS_SEAL__PKCS11_PIN": "canary-1789"}


def test_a_seal_on_a_token_needs_no_file_and_a_pin(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    variables = on_token(production, tmp_path / "module.so")
    pin = variables.pop("AXIS_SEAL__PKCS11_PIN")
    for name in ("AXIS_SEAL__CERTIFICATE_FILE", "AXIS_SEAL__KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert _refused(monkeypatch, variables) == {("SEAL__PKCS11_PIN", "settings/missing")}
    monkeypatch.setenv("AXIS_SEAL__PKCS11_PIN", pin)
    assert pin not in f"{load_settings()!r} {effective(load_settings())}"
    (tmp_path / "module.so").unlink()
    assert _refused(monkeypatch, {}) == {("SEAL__PKCS11_URI", "settings/no-such-file")}


def test_a_seal_has_one_key(monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path) -> None:
    key = production["AXIS_SEAL__KEY_FILE"]
    variables = on_token(production, tmp_path / "module.so") | {"AXIS_SEAL__KEY_FILE": key}
    assert _refused(monkeypatch, variables) == {("SEAL__PKCS11_URI", "settings/invalid")}


def test_an_address_with_a_pin_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    uri = "pkcs11:token=axis;object=seal?module-path=/usr/lib/module.so&pin-value=canary-1789"
    monkeypatch.setenv("AXIS_SEAL__PKCS11_URI", uri)
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    (refusal,) = caught.value.refusals
    assert (refusal.setting, "canary" in f"{caught.value!r} {refusal}") == ("AXIS_SEAL__PKCS11_URI", False)
    assert "PIN" in refusal.words.vi


def test_production_keeps_packages_unencrypted_only_when_it_is_told_why(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    folder = Path(production.pop("AXIS_BLOBS__KEYS_FOLDER"))
    assert _refused(monkeypatch, production) == {("BLOBS__KEYS_FOLDER", "settings/missing")}
    assert _refused(monkeypatch, {"AXIS_BLOBS__PLAIN_BECAUSE": "none"}) == {
        ("BLOBS__PLAIN_BECAUSE", "settings/invalid")
    }
    monkeypatch.setenv("AXIS_BLOBS__PLAIN_BECAUSE", "Ổ đĩa đã được mã hóa toàn bộ.")
    assert load_settings().blobs.keys_folder is None
    monkeypatch.setenv("AXIS_BLOBS__KEYS_FOLDER", str(folder))
    assert load_settings().blobs.keys_folder == folder
    (folder / "2026.key").chmod(0o640)
    assert _refused(monkeypatch, {}) == {("BLOBS__KEYS_FOLDER", "settings/exposed")}
    monkeypatch.setenv("AXIS_BLOBS__KEYS_FOLDER", str(tmp_path / "none"))
    assert _refused(monkeypatch, {}) == {("BLOBS__KEYS_FOLDER", "settings/no-such-file")}


def test_keys_do_not_lie_among_what_they_open(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    within = write_ring(tmp_path / "blobs", "2026")
    for folder in (within, within / "keys"):
        variables = production | {"AXIS_BLOBS__KEYS_FOLDER": str(folder)}
        assert ("BLOBS__KEYS_FOLDER", "settings/invalid") in _refused(monkeypatch, variables)


S3 = {
    "AXIS_BLOBS__KIND": "s3",
    "AXIS_BLOBS__S3__ENDPOINT": "https://s3.example.vn:9000",
    "AXIS_BLOBS__S3__BUCKET": "goi-tin",
    "AXIS_BLOBS__S3__ACCESS_KEY": "canary-access-1789",
    "AXIS_BLOBS__S3__SECRET_KEY": "canary-secret-1789",
}


def test_an_s3_store_takes_the_place_of_a_folder_and_its_keys_are_not_shown(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    del production["AXIS_BLOBS__PATH"]
    for name, value in (production | S3).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.blobs.s3.bucket == "goi-tin"
    assert "canary" not in f"{settings!r} {effective(settings)}"
    assert _refused(monkeypatch, {"AXIS_BLOBS__S3__ENDPOINT": "http://s3.example.vn"}) == {
        ("BLOBS__S3__ENDPOINT", "settings/store-insecure")
    }
    monkeypatch.setenv("AXIS_BLOBS__S3__ENDPOINT", "http://127.0.0.1:9000")
    assert load_settings().blobs.s3.endpoint == "http://127.0.0.1:9000"
    assert _refused(monkeypatch, {"AXIS_BLOBS__S3__CA_FILE": str(tmp_path / "none.pem")}) == {
        ("BLOBS__S3__CA_FILE", "settings/no-such-file")
    }


@pytest.mark.parametrize("name", [name for name in S3 if name != "AXIS_BLOBS__KIND"])
def test_an_s3_store_is_named_whole(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    without = {one: value for one, value in S3.items() if one != name}
    assert _refused(monkeypatch, without) == {("BLOBS__S3", "settings/invalid")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENDPOINT", "s3.example.vn"),
        ("ENDPOINT", "https://s3.example.vn/bucket"),
        ("ENDPOINT", "https://canary:canary@s3.example.vn"),
        ("ENDPOINT", "ftp://s3.example.vn"),
        ("BUCKET", "Goi_Tin"),
        ("BUCKET", "x"),
        ("LOCK", "forever"),
        ("LOCK_DAYS", "0"),
        ("READ_SECONDS", "0"),
    ],
)
def test_what_no_store_can_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    variables = S3 | {f"AXIS_BLOBS__S3__{name}": value}
    refused = _refused(monkeypatch, variables)
    assert (f"BLOBS__S3__{name}", "settings/invalid") in refused
    assert not any("canary" in one for pair in refused for one in pair)


def test_a_public_address_without_tls_is_refused(monkeypatch: pytest.MonkeyPatch, production: dict[str, str]) -> None:
    insecure = {"AXIS_WEB__PUBLIC_URL": "http://truc.example.vn", "AXIS_WEB__ISSUER": "http://iss.example.vn"}
    assert _refused(monkeypatch, production | insecure) == {
        ("WEB__PUBLIC_URL", "settings/insecure"),
        ("WEB__ISSUER", "settings/insecure"),
    }


def test_a_key_that_others_can_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "seal.key").chmod(0o640)
    (tmp_path / "token.key").chmod(0o604)
    (tmp_path / "seal.pem").chmod(0o644)
    assert _refused(monkeypatch, production) == {
        ("SEAL__KEY_FILE", "settings/exposed"),
        ("WEB__TOKEN_KEY_FILE", "settings/exposed"),
    }


def test_files_that_are_not_there_are_named(
    monkeypatch: pytest.MonkeyPatch, production: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "anchors.pem").unlink()
    (tmp_path / "seal.key").unlink()
    assert _refused(monkeypatch, production) == {
        ("SEAL__KEY_FILE", "settings/no-such-file"),
        ("TRUST__ANCHORS", "settings/no-such-file"),
    }


def test_a_slip_in_a_name_does_not_pass_unseen(monkeypatch: pytest.MonkeyPatch, production: dict[str, str]) -> None:
    monkeypatch.setenv("AXIS_LIMTS__LARGE_PACKAGE", "50000")
    assert unknown_variables() == ("AXIS_LIMTS__LARGE_PACKAGE",)
    assert _refused(monkeypatch, production) == {("LIMTS__LARGE_PACKAGE", "settings/unknown")}


def test_each_refusal_says_in_both_languages_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_ENVIRONMENT", "production")
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    for refusal in caught.value.refusals:
        words = refusal.words
        assert all(text.endswith(".") for text in (words.vi, words.en, words.do_vi, words.do_en))
