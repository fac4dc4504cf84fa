"""How settings are read, and what they never show."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from axis.settings import Environment, SettingsRefused, load_settings

_CANARY = "cháo-vịt-27"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(no_axis_variables: None) -> None:
    """Every test here says itself what is set."""


def test_without_any_variable_the_axis_is_for_development() -> None:
    settings = load_settings()
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.database.url is None
    assert settings.limits.concurrent_verifications == 2
    assert settings.limits.large_package == 1_000_000


def test_a_variable_sets_one_value_and_leaves_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_DATABASE__POOL_SIZE", "3")
    monkeypatch.setenv("AXIS_WEB__PUBLIC_URL", "https://truc.example.vn/")
    settings = load_settings()
    assert settings.database.pool_size == 3
    assert settings.web.public_url == "https://truc.example.vn"
    assert settings.web.port == 8080


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_SEAL__KEY_FILE", "")
    assert load_settings().seal.key_file is None


def test_the_issuer_is_the_public_address_unless_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_WEB__PUBLIC_URL", "https://truc.example.vn")
    assert load_settings().issuer == "https://truc.example.vn"
    monkeypatch.setenv("AXIS_WEB__ISSUER", "https://truc.gov.example.vn")
    assert load_settings().issuer == "https://truc.gov.example.vn"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AXIS_ENVIRONMENT", "staging"),
        ("AXIS_INSTANCE", "Trục 1"),
        ("AXIS_DATABASE__URL", "sqlite:///axis.db"),
        ("AXIS_DATABASE__POOL_SIZE", "0"),
        ("AXIS_DATABASE__POOLSIZE", "10"),
        ("AXIS_WEB__PORT", "70000"),
        ("AXIS_WEB__PUBLIC_URL", "truc.example.vn"),
        ("AXIS_WEB__PUBLIC_URL", "https://truc.example.vn/?a=1"),
        ("AXIS_WEB__TOKEN_LIFETIME", "86400"),
        ("AXIS_LIMITS__CONCURRENT_VERIFICATIONS", "many"),
        ("AXIS_SEAL__KEY_ID", "seal 1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    (refusal,) = caught.value.refusals
    assert refusal.setting == name
    assert refusal.code == "settings/invalid"
    # Each language tells the cause, and the Vietnamese is not the validator's English.
    said, _, cause = refusal.words.vi.partition(": ")
    assert (said, bool(cause)) == ("Giá trị của tham số không hợp lệ", True)
    assert not {"input", "should", "value", "be"} & set(cause.lower().split())


def test_all_impossible_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_WEB__PORT", "-1")
    monkeypatch.setenv("AXIS_DATABASE__POOL_SIZE", "-1")
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    assert {refusal.setting for refusal in caught.value.refusals} == {"AXIS_WEB__PORT", "AXIS_DATABASE__POOL_SIZE"}


def test_nothing_in_the_tree_can_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.instance = "other"
    with pytest.raises(ValidationError):
        settings.web.port = 1


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_DATABASE__URL", f"postgresql+psycopg://axis:{_CANARY}@db/axis")
    monkeypatch.setenv("AXIS_SEAL__KEY_PASSWORD", _CANARY)
    settings = load_settings()
    assert _CANARY not in f"{settings!r}{settings}{settings.model_dump_json()}"
    assert settings.seal.key_password is not None
    assert settings.seal.key_password.get_secret_value() == _CANARY


def test_a_refused_secret_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_DATABASE__URL", f"mysql://axis:{_CANARY}@db/axis")
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    assert _CANARY not in f"{caught.value!r}{caught.value.refusals!r}{caught.value.__cause__!r}"
