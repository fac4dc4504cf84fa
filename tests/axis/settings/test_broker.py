"""The settings of the broker: what fits together, and what is never shown."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from axis.settings import BrokerKind, SettingsRefused, effective, load_settings

SECRET = "chim/se"  # noqa: S105  of nobody


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(no_axis_variables: None) -> None:
    """Every test here says itself what is set."""


def set_all(monkeypatch: pytest.MonkeyPatch, broker: Mapping[str, str]) -> None:
    for name, value in broker.items():
        monkeypatch.setenv(f"AXIS_BROKER__{name}", value)


def test_without_a_word_there_is_none() -> None:
    broker = load_settings().broker
    assert (broker.kind, broker.url) == (BrokerKind.NONE, None)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("redis", "redis://redis.internal"),
        ("redis", "rediss://axis:hidden-1789@redis.internal:6390/3"),
        ("rabbitmq", "amqp://axis:hidden-1789@rabbit.internal:5672/axis"),
        ("rabbitmq", "amqps://[fd00::1]/%2F"),
    ],
)
def test_an_address_of_its_kind_is_taken_and_not_shown(monkeypatch: pytest.MonkeyPatch, kind: str, url: str) -> None:
    set_all(monkeypatch, {"KIND": kind, "URL": url})
    settings = load_settings()
    assert settings.broker.url is not None
    assert settings.broker.url.get_secret_value() == url
    assert dict(effective(settings))["AXIS_BROKER__URL"] == "(set)"
    assert "hidden-1789" not in repr(settings)


@pytest.mark.parametrize(
    ("wrong", "broker"),
    [
        ("URL", {"KIND": "redis"}),
        ("URL", {"KIND": "rabbitmq"}),
        ("URL", {"KIND": "redis", "URL": "amqp://x"}),
        ("URL", {"KIND": "rabbitmq", "URL": "redis://x"}),
        ("URL", {"KIND": "redis", "URL": "redis://"}),
        ("URL", {"KIND": "redis", "URL": "unix:///run/redis.sock"}),
        ("URL", {"KIND": "redis", "URL": "redis://x:port"}),
        ("URL", {"KIND": "redis", "URL": "redis://x:70000"}),
        ("URL", {"KIND": "redis", "URL": "rediss://x?ssl_cert_reqs=none"}),
        ("URL", {"KIND": "rabbitmq", "URL": "amqps://x/%2F?heartbeat=0"}),
        ("URL", {"KIND": "none", "URL": "redis://x"}),
        ("URL", {"KIND": "memory", "URL": "redis://x"}),
        ("URL", {"URL": "redis://x"}),
        ("KIND", {"KIND": "kafka"}),
        ("CA_FILE", {"KIND": "redis", "URL": "redis://x", "CA_FILE": "ca.pem"}),
        ("CERTIFICATE_FILE", {"KIND": "rabbitmq", "URL": "amqp://x", "CERTIFICATE_FILE": "axis.pem"}),
        ("KEY_FILE", {"KEY_FILE": "key.pem"}),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, wrong: str, broker: Mapping[str, str]
) -> None:
    set_all(monkeypatch, broker)
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    refusals = {refusal.setting: refusal for refusal in caught.value.refusals}
    assert f"AXIS_BROKER__{wrong}" in refusals
    assert {refusal.code for refusal in refusals.values()} == {"settings/invalid"}
    said = " ".join(f"{refusal.words.vi} {refusal.words.en}" for refusal in refusals.values())
    assert "://x" not in said


def test_a_password_in_an_address_that_does_not_fit_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"KIND": "redis", "URL": f"redis://axis:{SECRET}@x:70000"})
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    assert SECRET not in f"{caught.value} {caught.value.refusals}"
