"""An axis on an S3 store that fails in every way: come again, nothing half done, and all is well when the store is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from axis.metrics import HealthCheck
from axis.sdk import Axis as Client
from axis.settings import BlobSettings, S3Settings, StoreKind
from storage.blobs.encrypted import OBJECT
from storage.blobs.s3 import S3Place
from tests.axis.web.running import Logged
from tests.fixtures import moody
from tests.fixtures.gateway import Gateway
from tests.fixtures.moody import Mood, Store, moody_store
from tests.fixtures.running import RunningAxis, Station
from tests.journey.door import Door, comes_again, door_of
from tests.storage.shelving import write_ring


def settings_of(place: S3Place, keys: Path | None = None) -> BlobSettings:
    s3 = S3Settings(
        endpoint=place.endpoint,
        bucket=place.bucket,
        access_key=SecretStr(place.access_key),
        secret_key=SecretStr(place.secret_key),
        # On a machine that is busy, one that does answer may take a while.
        connect_seconds=10,
        read_seconds=3,
    )
    return BlobSettings(kind=StoreKind.S3, s3=s3, keys_folder=keys)


@contextmanager
def door_on_moody_store(running: RunningAxis, folder: Path) -> Iterator[tuple[Door, Store]]:
    keys = write_ring(folder / "keys", "2026")
    with moody_store() as store, door_of(running, blobs=settings_of(store.place(), keys)) as door:
        yield door, store


def hands_over(client: Client, recipient: Station, package: bytes) -> None:
    (offer,) = client.lease().offers
    assert client.fetch(offer) == package
    assert client.acknowledge(offer, recipient.signer)["state"] == "handed_over"


AWAY: dict[str, dict[str, Mood]] = {
    "errors": dict.fromkeys(("get", "put", "begin"), moody.failing(503, "SlowDown")),
    "silence": dict.fromkeys(("get", "put", "begin"), moody.silent),
    "no right to write": dict.fromkeys(("put", "begin"), moody.failing(403, "AccessDenied")),
    "no room": dict.fromkeys(("put", "begin"), moody.failing(403, "QuotaExceeded")),
    "no room, said otherwise": dict.fromkeys(("put", "begin"), moody.failing(507, "InsufficientStorage")),
    "an error on put": {"put": moody.failing(500)},
    "an answer cut short after the put": {"get": moody.cut_short},
    "other octets after the put": {"get": moody.garbled},
}


@pytest.mark.parametrize("moods", AWAY.values(), ids=AWAY)
def test_a_submission_while_the_store_fails_is_to_come_again_and_leaves_nothing(
    running: RunningAxis, tmp_path: Path, logged: Logged, moods: dict[str, Mood]
) -> None:
    sender, recipient = running.agencies(2)
    package = running.package(sender, recipient)
    with door_on_moody_store(running, tmp_path) as (door, store):
        client = door.client(sender)
        running.settle()
        before = running.rows()
        store.moods = moods
        comes_again(lambda: client.send(package))
        grown = {name for name, number in running.rows().items() if number != before[name]}
        assert grown <= {"used_assertions"}
        assert "store_unavailable" in {line["event"] for line in logged()}
        assert not any(key in str(logged()) for key in (moody.SECRET_KEY, moody.ACCESS_KEY, moody.WORDS))
        store.moods = {}
        assert not client.send(package).is_repeat
        ((name, octets),) = store.objects.items()
        assert name.endswith(OBJECT)
        assert b"edXML" not in octets
        hands_over(door.client(recipient), recipient, package)


BROKEN: dict[str, Mood] = {
    "error": moody.failing(500),
    "reset": moody.reset,
    "cut short": moody.cut_short,
    "shorter": moody.shorter,
    "garbled": moody.garbled,
    "trickling": moody.trickling,
}


def test_not_an_octet_leaves_of_what_does_not_come_whole(running: RunningAxis, tmp_path: Path, logged: Logged) -> None:
    sender, recipient = running.agencies(2)
    package = running.package(sender, recipient)
    with door_on_moody_store(running, tmp_path) as (door, store):
        door.client(sender).send(package)
        client = door.client(recipient)
        (offer,) = client.lease().offers
        for mood in BROKEN.values():
            store.moods = {"get": mood}
            comes_again(lambda: client.fetch(offer))
        assert "content_fetched" not in {line["event"] for line in logged()}
        store.moods = {}
        assert client.fetch(offer) == package
        assert client.acknowledge(offer, recipient.signer)["state"] == "handed_over"


def test_health_says_that_the_store_is_away_and_the_log_says_why(
    running: RunningAxis, tmp_path: Path, logged: Logged
) -> None:
    with door_on_moody_store(running, tmp_path) as (door, store):
        store.moods = {"begin": moody.failing(403, "AccessDenied")}
        door.axis.readiness.check()
        assert [one.name for one in door.axis.readiness.checks() if not one.is_passed] == [HealthCheck.STORE]
        (line,) = (line for line in logged() if line["event"] == "store_unavailable")
        assert line["fault"] == "forbidden"
        # That a check failed is what it was made for.
        logged.seek(0)
        logged.truncate()
        store.moods = {}
        door.axis.readiness.check()
        assert all(one.is_passed for one in door.axis.readiness.checks())
        assert store.objects == {}


def test_a_letter_goes_its_way_over_a_real_store(running: RunningAxis, tmp_path: Path, gateway: Gateway) -> None:
    sender, recipient = running.agencies(2)
    package = running.package(sender, recipient)
    place, keys = gateway.bucket(), write_ring(tmp_path / "keys", "2026")
    with door_of(running, blobs=settings_of(place, keys)) as door:
        receipt = door.client(sender).send(package)
        assert door.client(sender).send(package).octets == receipt.octets
        (kept,) = gateway.client.list_objects(place.bucket)
        assert kept.object_name is not None
        assert hashlib.sha256(package).hexdigest() not in kept.object_name
        hands_over(door.client(recipient), recipient, package)


def test_a_real_store_that_lets_nobody_write_refuses_what_is_new_and_hands_out_what_it_has(
    running: RunningAxis, tmp_path: Path, gateway: Gateway
) -> None:
    sender, recipient = running.agencies(2)
    kept, new = (running.package(sender, recipient) for _ in range(2))
    place, keys = gateway.bucket(), write_ring(tmp_path / "keys", "2026")
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{place.bucket}/*"],
    }
    with door_of(running, blobs=settings_of(place, keys)) as door:
        receipt = door.client(sender).send(kept)
        gateway.client.set_bucket_policy(place.bucket, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        running.settle()
        before = running.rows()
        comes_again(lambda: door.client(sender).send(new))
        assert {name for name, number in running.rows().items() if number != before[name]} <= {"used_assertions"}
        assert door.client(sender).send(kept).octets == receipt.octets
        hands_over(door.client(recipient), recipient, kept)
        gateway.client.delete_bucket_policy(place.bucket)
        assert not door.client(sender).send(new).is_repeat
