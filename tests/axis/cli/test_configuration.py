"""`axis config check` and `axis serve` agree: what the one calls ready starts, and what keeps the other is told."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from sqlalchemy import Engine

from axis.cli.exits import ExitCode
from axis.cli.options import present
from axis.demo.authority import Hierarchy, Validity
from axis.web import serving
from signing.assertions import AssertionKey
from storage.blobs.filesystem import FilesystemShelf
from storage.errors import BlobStoreUnavailable
from tests.axis.cli.conftest import PASSWORD, Axis
from tests.fixtures.moody import failing, moody_store
from tests.vietnamese import foreign

Variables = dict[str, str]


@pytest.fixture
def sound(tmp_path: Path, engine: Engine) -> Variables:
    """The settings of an axis that starts, with all its files."""
    pki, validity = Hierarchy.found(present()), Validity.around(present())
    seal = pki.intermediate.issue_seal("Trục mẫu", validity)
    pki.intermediate.issue_seal("Trục khác", validity).write_pem(tmp_path, "other")
    key, certificates = seal.write_pem(tmp_path, "seal")
    seal.write_pkcs12(tmp_path, "seal", password=PASSWORD)
    (tmp_path / "root.pem").write_bytes(pki.root.certificate_pem)
    (tmp_path / "token.jwk").write_text(AssertionKey.generate().private_jwk())
    (tmp_path / "garbage").write_text("garbage")
    for name in ("empty", "register"):
        (tmp_path / name).mkdir()
    return {
        "AXIS_DATABASE__URL": engine.url.render_as_string(hide_password=False),
        "AXIS_BLOBS__PATH": str(tmp_path / "kept" / "blobs"),
        "AXIS_SEAL__KEY_FILE": str(key),
        "AXIS_SEAL__CERTIFICATE_FILE": str(certificates),
        "AXIS_SEAL__REGISTER_FOLDER": str(tmp_path / "register"),
        "AXIS_TRUST__ANCHORS": str(tmp_path / "root.pem"),
        "AXIS_WEB__TOKEN_KEY_FILE": str(tmp_path / "token.jwk"),
    }


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """End `axis serve` where it would begin to listen: so far, and no further, `axis config check` goes."""

    def taken(_host: str, _port: int) -> NoReturn:
        raise OSError(errno.EADDRINUSE, "taken")

    monkeypatch.setattr(serving, "listen", taken)


Broken = Mapping[str, str]
"""Settings that take the place of sound ones; an empty one is not set, `@` is the folder of the test's files."""

_P12: Final = {"AXIS_SEAL__KEY_FILE": "@/seal.p12", "AXIS_SEAL__CERTIFICATE_FILE": ""}
_TOKEN: Final = "pkcs11:token=axis;object=seal?module-path=@/none.so"  # noqa: S105 an address, and no secret
_BROKER: Final = {"AXIS_BROKER__KIND": "redis", "AXIS_BROKER__URL": "rediss://broker.internal"}
_S3: Final = {
    "AXIS_BLOBS__KIND": "s3",
    "AXIS_BLOBS__S3__ENDPOINT": "https://127.0.0.1:9",
    "AXIS_BLOBS__S3__BUCKET": "axis",
    "AXIS_BLOBS__S3__ACCESS_KEY": "canary-1789",
    "AXIS_BLOBS__S3__SECRET_KEY": "canary-1789",
}
BROKEN: Final[Mapping[str, tuple[Broken, str]]] = {
    "a broker's authorities that are none": (
        _BROKER | {"AXIS_BROKER__CA_FILE": "@/garbage"},
        "cli/certificate-unreadable",
    ),
    "a broker without an address": ({"AXIS_BROKER__KIND": "redis"}, "settings/invalid"),
    "no database": ({"AXIS_DATABASE__URL": ""}, "cli/database-missing"),
    "a database without a port": ({"AXIS_DATABASE__URL": "postgresql+psycopg://db:x/axis"}, "settings/invalid"),
    "a sender who is none": ({"AXIS_REVOCATION__SENDERS": '{"?": "allow"}'}, "settings/invalid"),
    "documents of one who is none": ({"AXIS_DOCUMENTS__SENDERS": '{"?": ["broken"]}'}, "settings/invalid"),
    "a file for packages": ({"AXIS_BLOBS__PATH": "@/garbage"}, "cli/blobs-unavailable"),
    "a place below a file": ({"AXIS_BLOBS__PATH": "@/garbage/blobs"}, "cli/blobs-unavailable"),
    "no folder of keys": ({"AXIS_BLOBS__KEYS_FOLDER": "@/none"}, "cli/blob-keys-unusable"),
    "a folder of keys without any": ({"AXIS_BLOBS__KEYS_FOLDER": "@/empty"}, "cli/blob-keys-unusable"),
    "half an S3 store": ({"AXIS_BLOBS__KIND": "s3", "AXIS_BLOBS__S3__BUCKET": "axis"}, "settings/invalid"),
    "an authority of the S3 store that is none": (
        _S3 | {"AXIS_BLOBS__S3__CA_FILE": "@/garbage"},
        "cli/blobs-unavailable",
    ),
    "no trust": ({"AXIS_TRUST__ANCHORS": ""}, "cli/trust-unusable"),
    "no anchors": ({"AXIS_TRUST__ANCHORS": "@/none.pem"}, "trust/folder-unreadable"),
    "anchors that are none": ({"AXIS_TRUST__ANCHORS": "@/garbage"}, "cli/certificate-unreadable"),
    "a signer for an anchor": ({"AXIS_TRUST__ANCHORS": "@/other.pem"}, "cli/trust-unusable"),
    "an empty trust folder": (
        {"AXIS_TRUST__ANCHORS": "", "AXIS_TRUST__FOLDER": "@/empty"},
        "trust/purpose-unserved",
    ),
    "no seal": ({"AXIS_SEAL__KEY_FILE": ""}, "cli/key-unusable"),
    "no certificate": ({"AXIS_SEAL__CERTIFICATE_FILE": ""}, "cli/key-unusable"),
    "no key in its place": ({"AXIS_SEAL__KEY_FILE": "@/none.key"}, "cli/key-unusable"),
    "a key that is none": ({"AXIS_SEAL__KEY_FILE": "@/garbage"}, "cli/key-unusable"),
    "no certificate in its place": ({"AXIS_SEAL__CERTIFICATE_FILE": "@/none.pem"}, "cli/key-unusable"),
    "another's certificate": ({"AXIS_SEAL__CERTIFICATE_FILE": "@/other.pem"}, "cli/key-unusable"),
    "a container without its password": (_P12, "cli/key-unusable"),
    "no container in its place": (_P12 | {"AXIS_SEAL__KEY_FILE": "@/none.p12"}, "cli/key-unusable"),
    "no module": ({"AXIS_SEAL__KEY_FILE": "", "AXIS_SEAL__PKCS11_URI": _TOKEN}, "cli/key-unusable"),
    "no register": ({"AXIS_SEAL__REGISTER_FOLDER": "@/none"}, "seal/register-unreadable"),
    "no key of tokens": ({"AXIS_WEB__TOKEN_KEY_FILE": "@/none.jwk"}, "cli/key-unusable"),
    "a key of tokens that is none": ({"AXIS_WEB__TOKEN_KEY_FILE": "@/garbage"}, "cli/key-unusable"),
    "nothing at all": (dict.fromkeys(("AXIS_DATABASE__URL", "AXIS_SEAL__KEY_FILE"), ""), "cli/database-missing"),
}


def ended(axis: Axis, variables: Variables, *arguments: str) -> tuple[ExitCode, Any]:
    """How a command ends with these settings, and what its error is called."""
    ran = axis(*arguments, "--json", **{name: value for name, value in variables.items() if value})
    return ran.code, ran.document["error"]["code"]


@pytest.mark.parametrize(("broken", "code"), BROKEN.values(), ids=BROKEN)
def test_what_a_start_ends_with_is_told_before(
    axis: Axis, sound: Variables, tmp_path: Path, broken: Broken, code: str
) -> None:
    settings = sound | {name: value.replace("@", str(tmp_path)) for name, value in broken.items()}
    started = ended(axis, settings, "serve")
    assert started[0] not in {ExitCode.DONE, ExitCode.UNEXPECTED}
    assert started[1] == code
    assert ended(axis, settings, "config", "check") == started
    assert ended(axis, settings, "config", "check", "--database") == started


def test_settings_that_would_start_are_printed(axis: Axis, sound: Variables) -> None:
    named = sound | {"AXIS_INSTANCE": "truc-mau", "AXIS_DATABASE__URL": "postgresql+psycopg://axis:s3cret@db/axis"}
    ran = axis("config", "check", "--json", AXIS_NO_SUCH="1", AXIS_PROFILE="x", **named)
    assert ran.code is ExitCode.DONE
    assert ran.document["settings"]["AXIS_INSTANCE"] == "truc-mau"
    assert ran.document["unknown"] == ["AXIS_NO_SUCH"]
    shown = axis("config", "check", AXIS_NO_SUCH="1", **named)
    assert "AXIS_NO_SUCH" in shown.out
    assert "s3cret" not in ran.out + shown.out


@pytest.mark.parametrize("asking", [(), ("--database",)])
def test_what_is_called_ready_starts(axis: Axis, sound: Variables, tmp_path: Path, asking: tuple[str, ...]) -> None:
    ran = axis("config", "check", *asking, "--json", **sound)
    assert (ran.code, ran.document["database_asked"]) == (ExitCode.DONE, bool(asking))
    assert not (tmp_path / "kept").exists(), "nothing is made: whoever checks may be another account than the axis's"
    assert ended(axis, sound, "serve") == (ExitCode.SETTINGS, "cli/address-taken")
    assert (tmp_path / "kept" / "blobs").is_dir()


def test_a_database_that_was_not_asked_is_told_of(axis: Axis, sound: Variables, tmp_path: Path) -> None:
    settings = sound | {"AXIS_DATABASE__URL": f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"}
    shown = [axis("config", "check", "--lang", one, **settings) for one in ("vi", "en")]
    assert [one.code for one in shown] == [ExitCode.DONE] * 2
    assert "CHƯA hỏi cơ sở dữ liệu" in shown[0].out
    assert "Trục khởi động được (môi trường phát triển)." in shown[0].out
    assert "(set)" not in shown[0].out
    assert "The database was NOT asked" in shown[1].out
    asked = axis("config", "check", "--database", **settings)
    assert asked.code is ExitCode.UNREACHABLE
    assert "AXIS_DATABASE__URL" in asked.err
    assert ended(axis, settings, "serve") == (ExitCode.UNREACHABLE, "cli/database-unavailable")


def test_a_database_of_another_shape_is_told_when_it_is_asked(
    axis: Axis, sound: Variables, empty_engine: Engine
) -> None:
    settings = sound | {"AXIS_DATABASE__URL": empty_engine.url.render_as_string(hide_password=False)}
    outdated = (ExitCode.SETTINGS, "cli/schema-outdated")
    assert ended(axis, settings, "config", "check", "--database") == outdated == ended(axis, settings, "serve")
    assert axis("config", "check", **settings).code is ExitCode.DONE
    ready = axis("config", "check", "--database", "--lang", "vi", **sound)
    assert "CHƯA" not in ready.out
    assert ready.code is ExitCode.DONE


def test_an_s3_store_is_asked_when_it_is_told_to(axis: Axis, sound: Variables) -> None:
    with moody_store() as store:
        settings = sound | _S3 | {"AXIS_BLOBS__S3__ENDPOINT": store.place().endpoint}
        unasked = axis("config", "check", "--lang", "vi", **settings)
        assert (unasked.code, sum(store.asked.values())) == (ExitCode.DONE, 0)
        assert "CHƯA hỏi kho lưu trữ S3" in unasked.out
        ready = axis("config", "check", "--store", "--json", **settings)
        assert (ready.code, ready.document["store_asked"]) == (ExitCode.DONE, True)
        assert store.objects == {}
        assert "CHƯA hỏi kho" not in axis("config", "check", "--store", "--lang", "vi", **settings).out
        store.moods = {"begin": failing(403, "AccessDenied")}
        refused = axis("config", "check", "--store", "--json", **settings)
        error = refused.document["error"]
        assert (refused.code, error["code"]) == (ExitCode.UNREACHABLE, "cli/blobs-unavailable")
        assert (error["fault"], error["place"]) == ("forbidden", "AXIS_BLOBS__S3__ENDPOINT")
        assert "canary" not in unasked.out + ready.out + refused.out + refused.err


def test_every_reason_is_told_at_once_at_its_setting(axis: Axis, sound: Variables, tmp_path: Path) -> None:
    settings = sound | {
        "AXIS_BLOBS__PATH": str(tmp_path / "garbage"),
        "AXIS_SEAL__KEY_FILE": str(tmp_path / "none.key"),
        "AXIS_TRUST__ANCHORS": str(tmp_path / "none.pem"),
        "AXIS_WEB__TOKEN_KEY_FILE": str(tmp_path / "none.jwk"),
    }
    del settings["AXIS_DATABASE__URL"]
    error = axis("config", "check", "--json", **settings).document["error"]
    assert (error["exit_code"], error["code"]) == (ExitCode.SETTINGS, "cli/database-missing")
    assert [(one["code"], one["path"]) for one in error["findings"]] == [
        ("cli/database-missing", "AXIS_DATABASE__URL"),
        ("cli/blobs-unavailable", "AXIS_BLOBS__PATH"),
        ("trust/folder-unreadable", "none.pem"),
        ("cli/key-unusable", "AXIS_SEAL__KEY_FILE"),
        ("cli/key-unusable", "AXIS_WEB__TOKEN_KEY_FILE"),
    ]
    shown = axis("config", "check", "--lang", "vi", **settings)
    assert shown.err.count("  → ") == len(error["findings"])
    assert "không đọc được tệp khai báo ở seal.key_file" in shown.err


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: root.write_text("a file"),
        lambda root: root.symlink_to(root.parent / "nowhere"),
        lambda root: root.mkdir() or (root / "incoming").write_text("a file"),
    ],
)
def test_a_place_for_packages_is_judged_as_it_is_opened(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    root = tmp_path / "blobs"
    FilesystemShelf.check(root)
    assert list(tmp_path.iterdir()) == []
    spoil(root)
    for attempt in (FilesystemShelf.check, FilesystemShelf):
        with pytest.raises(BlobStoreUnavailable):
            attempt(root)


def test_a_place_nobody_may_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(BlobStoreUnavailable):
        FilesystemShelf.check(tmp_path / "blobs")
    FilesystemShelf(tmp_path)
    FilesystemShelf.check(tmp_path)


def test_a_certificate_nobody_can_read_is_named_by_file_and_variable(
    axis: Axis, sound: Variables, tmp_path: Path
) -> None:
    broken = sound | {"AXIS_SEAL__CERTIFICATE_FILE": str(tmp_path / "garbage")}
    error = axis("seal", "list", "--json", **broken).document["error"]
    assert (error["code"], error["place"]) == (
        "cli/certificate-unreadable",
        f"AXIS_SEAL__CERTIFICATE_FILE={tmp_path / 'garbage'}",
    )


def test_what_will_be_regretted_is_a_warning(axis: Axis, sound: Variables, tmp_path: Path) -> None:
    (tmp_path / "token.jwk").chmod(0o600)

    def warned(**changed: str) -> list[tuple[str, str]]:
        document = axis("config", "check", "--json", **(sound | changed)).document
        return [(one["code"], one["path"]) for one in document["warnings"]]

    unasked = ("cli/no-authority-asked", "AXIS_AUTHORITIES__HOSTS")
    assert warned() == [unasked]
    hosts = '["ocsp.ca.gov.vn"]'
    assert warned(AXIS_AUTHORITIES__HOSTS=hosts) == []
    production = {
        "AXIS_ENVIRONMENT": "production",
        "AXIS_INSTANCE": "truc",
        "AXIS_BLOBS__PLAIN_BECAUSE": "the disk is encrypted",
        "AXIS_WEB__PUBLIC_URL": "https://truc.example.vn",
        "AXIS_SEAL__REGISTER_FOLDER": "",
    }
    assert warned(**production) == [unasked, ("cli/no-seal-register", "AXIS_SEAL__REGISTER_FOLDER")]
    shown = axis("config", "check", "--lang", "vi", **sound)
    assert shown.code is ExitCode.DONE
    assert "chứng thư số đã bị thu hồi vẫn được chấp nhận" in shown.out
    asked = axis("config", "check", "--lang", "en", **sound, AXIS_REVOCATION__UNKNOWN="require")
    assert "every package is refused" in asked.out


def test_the_answer_in_vietnamese_is_vietnamese(axis: Axis, sound: Variables) -> None:
    shown = axis("config", "check", "--lang", "vi", AXIS_NO_SUCH="1", **sound).out
    sentences = [line for line in shown.splitlines() if line.startswith(("Trục", "CHƯA", "Không"))]
    assert len(sentences) == 3
    assert [foreign(one) for one in sentences if foreign(one)] == []
