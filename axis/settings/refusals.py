"""What the axis refuses to start with: values that cannot be, and defaults that production must not run on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from axis.causes import cause_vi
from axis.settings.broker import BrokerKind
from axis.settings.causes import DEMANDS_VI
from axis.settings.rows import describe
from axis.settings.storing import StoreKind
from axis.settings.tree import NESTED, PREFIX, Environment, SealSettings, Settings
from envelopes.errors import Words
from signing.pkcs11_uris import read_pkcs11_uri

_OTHERS_CAN_READ: Final = 0o077
_OF_CLIENTS: Final = {"AXIS_PROFILE", "AXIS_PKCS11_PIN"}
"""Variables that begin like settings and belong to the command line of connected systems."""
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}
_PKCS12: Final = {".p12", ".pfx"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to start: the environment variable, a stable code, and words in both languages."""

    setting: str
    code: str
    words: Words


class SettingsRefused(Exception):
    """The axis does not start with these settings. `refusals` names every reason at once; values are never named."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(f"{refusal.setting}: {refusal.code}" for refusal in refusals))
        self.refusals = refusals


def read_settings() -> Settings:
    """Return the settings of the environment, whether or not production could start with them.

    For what only tells of public things, and is asked by people who have none of the axis's secrets. Raises
    `SettingsRefused` for values that cannot be.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsRefused(tuple(_invalid(error))) from None


def load_settings() -> Settings:
    """Return the settings of the environment; raises `SettingsRefused` with every reason at once."""
    settings = read_settings()
    refusals = refusals_of(settings)
    if refusals:
        raise SettingsRefused(refusals)
    return settings


def refusals_of(settings: Settings) -> tuple[Refusal, ...]:
    """Return every reason why production must not start with these settings; none outside production."""
    if settings.environment is not Environment.PRODUCTION:
        return ()
    found = [*_missing(settings), *_still_default(settings), *_insecure(settings), *_exposed(settings)]
    return (
        *found,
        *(Refusal(name, "settings/unknown", SETTING_WORDS["settings/unknown"]) for name in unknown_variables()),
    )


def unknown_variables() -> tuple[str, ...]:
    """Return the environment variables that begin with `AXIS_` and name no setting: most are slips of the pen."""
    known = {row.name for row in describe()} | _OF_CLIENTS
    return tuple(sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known))


def _invalid(error: ValidationError) -> Iterator[Refusal]:
    for problem in error.errors(include_url=False, include_input=False):
        name = PREFIX + NESTED.join(str(step) for step in problem["loc"]).upper()
        words = SETTING_WORDS["settings/invalid"]
        vi, en = f"{words.vi.rstrip('.')}: {cause_vi(problem, DEMANDS_VI)}.", f"{words.en} {problem['msg']}."
        yield Refusal(name, "settings/invalid", Words(vi, en, words.do_vi, words.do_en))


def _missing(settings: Settings) -> Iterator[Refusal]:
    needed: dict[str, object] = {
        "DATABASE__URL": settings.database.url,
        "TRUST__FOLDER": settings.trust.folder or settings.trust.anchors,
        "BLOBS__KEYS_FOLDER": settings.blobs.keys_folder or settings.blobs.plain_because,
        "WEB__TOKEN_KEY_FILE": settings.web.token_key_file,
    }
    needed |= _needed_of_seal(settings.seal)
    for name, value in needed.items():
        if value is None:
            yield _refusal(name, "settings/missing")


def _needed_of_seal(seal: SealSettings) -> dict[str, object]:
    if seal.pkcs11_uri is not None:
        return {"SEAL__PKCS11_PIN": seal.pkcs11_pin}
    if seal.key_file is None or seal.key_file.suffix.lower() in _PKCS12:
        return {"SEAL__KEY_FILE": seal.key_file}
    return {"SEAL__CERTIFICATE_FILE": seal.certificate_file}


def _still_default(settings: Settings) -> Iterator[Refusal]:
    """Yield the settings whose defaults would mix production up with somebody's laptop."""
    defaults = Settings.model_construct()
    if settings.instance == defaults.instance:
        yield _refusal("INSTANCE", "settings/development-default")
    if settings.blobs.kind is StoreKind.FILESYSTEM and settings.blobs.path == defaults.blobs.path:
        yield _refusal("BLOBS__PATH", "settings/development-default")
    if settings.web.public_url == defaults.web.public_url:
        yield _refusal("WEB__PUBLIC_URL", "settings/development-default")
    if settings.broker.kind is BrokerKind.MEMORY:
        yield _refusal("BROKER__KIND", "settings/one-process")


def _insecure(settings: Settings) -> Iterator[Refusal]:
    defaults = Settings.model_construct()
    for name, url in (("WEB__PUBLIC_URL", settings.web.public_url), ("WEB__ISSUER", settings.web.issuer)):
        if url not in {None, defaults.web.public_url} and urlsplit(url).scheme != "https":
            yield _refusal(name, "settings/insecure")
    store = urlsplit(settings.blobs.s3.endpoint or "")
    if store.scheme == "http" and store.hostname not in _LOOPBACK:
        yield _refusal("BLOBS__S3__ENDPOINT", "settings/store-insecure")


def _exposed(settings: Settings) -> Iterator[Refusal]:
    """Yield the files that are not there, and the keys that other accounts of the machine can read."""
    uri = settings.seal.pkcs11_uri
    files = {
        "SEAL__PKCS11_URI": Path(read_pkcs11_uri(uri).module) if uri else None,
        "SEAL__KEY_FILE": settings.seal.key_file,
        "WEB__TOKEN_KEY_FILE": settings.web.token_key_file,
        "SEAL__CERTIFICATE_FILE": settings.seal.certificate_file,
        "SEAL__REGISTER_FOLDER": settings.seal.register_folder,
        "BROKER__CA_FILE": settings.broker.ca_file,
        "BROKER__CERTIFICATE_FILE": settings.broker.certificate_file,
        "BROKER__KEY_FILE": settings.broker.key_file,
        "BLOBS__KEYS_FOLDER": settings.blobs.keys_folder,
        "BLOBS__S3__CA_FILE": settings.blobs.s3.ca_file,
        "TRUST__ANCHORS": settings.trust.anchors,
        "TRUST__FOLDER": settings.trust.folder,
        "TRUST__INTERMEDIATES": settings.trust.intermediates,
    }
    for name, path in files.items():
        if path is None:
            continue
        if not path.exists():
            yield _refusal(name, "settings/no-such-file")
        elif name in _SECRET and any(map(_is_exposed, path.glob("*.key") if path.is_dir() else (path,))):
            yield _refusal(name, "settings/exposed")


_SECRET: Final = frozenset({"SEAL__KEY_FILE", "WEB__TOKEN_KEY_FILE", "BROKER__KEY_FILE", "BLOBS__KEYS_FOLDER"})
"""Files, and folders of files, that nobody else may read."""


def _is_exposed(path: Path) -> bool:
    return bool(path.stat().st_mode & _OTHERS_CAN_READ)


def _refusal(name: str, code: str) -> Refusal:
    return Refusal(PREFIX + name, code, SETTING_WORDS[code])


SETTING_WORDS: Final = {
    "settings/invalid": Words(
        vi="Giá trị của tham số không hợp lệ.",
        en="The value cannot be used.",
        do_vi="Sửa giá trị theo mô tả mà lệnh `axis config check` in ra.",
        do_en="Correct it; `axis config check` prints what the setting may hold.",
    ),
    "settings/unknown": Words(
        vi="Không có tham số nào mang tên này, nên giá trị của nó không có hiệu lực.",
        en="No setting has this name, so its value is not in force.",
        do_vi="Sửa tên biến môi trường hoặc xóa biến.",
        do_en="Correct the variable's name or remove it.",
    ),
    "settings/missing": Words(
        vi="Tham số này bắt buộc phải có khi vận hành chính thức.",
        en="Production cannot do without this setting.",
        do_vi="Khai báo tham số trước khi khởi động.",
        do_en="Set it before starting.",
    ),
    "settings/development-default": Words(
        vi="Giá trị mặc định này chỉ dành cho môi trường phát triển.",
        en="This default is for development only.",
        do_vi="Khai báo giá trị riêng của hệ thống chính thức.",
        do_en="Set the value of your own installation.",
    ),
    "settings/one-process": Words(
        vi="Bộ chuyển tin trong bộ nhớ chỉ dùng được khi mọi thành phần của Trục chạy trong cùng một tiến trình.",
        en="A broker in memory serves an axis that runs in one process alone.",
        do_vi="Khai báo một bộ chuyển tin dùng chung, hoặc không dùng để các tiến trình xử lý tự tìm việc.",
        do_en="Set redis or rabbitmq, or none to have workers look by themselves.",
    ),
    "settings/insecure": Words(
        vi="Địa chỉ công khai không dùng https.",
        en="The public address is not https.",
        do_vi="Đặt máy chủ TLS phía trước và khai báo địa chỉ https.",
        do_en="Put a TLS server in front and set its https address.",
    ),
    "settings/store-insecure": Words(
        vi="Kết nối tới kho lưu trữ S3 không dùng https.",
        en="The S3 store is not reached over https.",
        do_vi="Khai báo địa chỉ https của kho, và AXIS_BLOBS__S3__CA_FILE nếu kho dùng tổ chức chứng thực riêng.",
        do_en="Set the store's https address, and AXIS_BLOBS__S3__CA_FILE where its authority is one of your own.",
    ),
    "settings/no-such-file": Words(
        vi="Không tìm thấy tệp hoặc thư mục.",
        en="There is no such file or folder.",
        do_vi="Kiểm tra đường dẫn và quyền truy cập của tài khoản chạy Trục.",
        do_en="Check the path, and that the axis's account may reach it.",
    ),
    "settings/exposed": Words(
        vi="Tài khoản khác trên máy đọc được tệp khóa bí mật.",
        en="Other accounts of the machine can read this private key.",
        do_vi="Đặt quyền 0600 cho tệp và giao cho tài khoản chạy Trục.",
        do_en="Set its mode to 0600 and give it to the axis's own account.",
    ),
}
