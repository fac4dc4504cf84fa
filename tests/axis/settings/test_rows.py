"""The table of settings that the documentation and `axis config check` print."""

from __future__ import annotations

import pytest

from axis.settings import describe, effective, load_settings


def test_every_setting_says_what_it_means_and_why() -> None:
    for row in describe():
        assert row.name.startswith("AXIS_")
        assert row.type
        assert len(row.meaning) > 40, row.name
        assert row.meaning.endswith("."), row.name


def test_types_and_defaults_are_shown_in_words() -> None:
    rows = {row.name: row for row in describe()}
    assert rows["AXIS_ENVIRONMENT"].type == "development | test | production"
    assert rows["AXIS_ENVIRONMENT"].default == "development"
    assert rows["AXIS_DATABASE__URL"].type == "secret"
    assert rows["AXIS_DATABASE__URL"].default == ""
    assert rows["AXIS_SEAL__KEY_FILE"].type == "path"
    assert rows["AXIS_WEB__PORT"].type == "whole number 0 to 65535"
    assert rows["AXIS_LIMITS__REQUESTS_PER_MINUTE"].type == "whole number from 1"


def test_a_table_row_sets_what_it_names(monkeypatch: pytest.MonkeyPatch, no_axis_variables: None) -> None:
    monkeypatch.setenv("AXIS_LIMITS__REQUESTS_PER_MINUTE", "7")
    assert dict(effective(load_settings()))["AXIS_LIMITS__REQUESTS_PER_MINUTE"] == "7"


def test_values_in_force_stand_in_the_same_order_and_hide_secrets(
    monkeypatch: pytest.MonkeyPatch, no_axis_variables: None
) -> None:
    monkeypatch.setenv("AXIS_DATABASE__URL", "postgresql+psycopg://axis:secret@db/axis")
    values = effective(load_settings())
    assert [name for name, _ in values] == [row.name for row in describe()]
    assert dict(values)["AXIS_DATABASE__URL"] == "(set)"


def test_a_set_is_shown_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {row.name: row for row in describe()}
    assert rows["AXIS_DOCUMENTS__REFUSE"].default == '["broken"]'
    assert rows["AXIS_DOCUMENTS__REFUSE"].type.startswith("JSON list of person_and_agency | ")
    monkeypatch.setenv("AXIS_DOCUMENTS__REFUSE", '["unsigned", "broken"]')
    monkeypatch.setenv("AXIS_DOCUMENTS__SENDERS", '{"H51": ["unsigned", "broken"]}')
    shown = dict(effective(load_settings()))
    assert shown["AXIS_DOCUMENTS__REFUSE"] == '["broken","unsigned"]'
    assert shown["AXIS_DOCUMENTS__SENDERS"] == '{"H51":["broken","unsigned"]}'
