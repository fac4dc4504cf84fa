"""What settings demand beyond their type, in the words of the checks and in Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HTTP_ADDRESS: Final = "an http or https address without query"
PKCS11_ADDRESS: Final = "a PKCS#11 URI with token, object or id, and module-path, and without a PIN"
ONE_SEAL_KEY: Final = "nothing where the seal's key is in a file"
ONE_KIND_OF_DAY: Final = "each day either among those that are closed or among those that are opened"
ONE_TRUST: Final = "nothing where trust.anchors or trust.intermediates say whom to trust"
DATABASE_ADDRESS: Final = "an address that begins with postgresql+psycopg://"
DATABASE_PORT: Final = "a number as the port of the database's address"
BROKER_ADDRESS: Final = (
    "redis:// or rediss:// and a host for redis, amqp:// or amqps:// and a host for rabbitmq, without query, "
    "and nothing for another broker"
)
BROKER_FILES: Final = "nothing where broker.url is not rediss:// or amqps://"
AGENCY_IDS: Final = "ids of agencies as the names of senders"
STORE_ADDRESS: Final = "an http or https address of a host, with its port or without, and nothing after it"
BUCKET_NAME: Final = "a bucket's name: 3 to 63 of a-z, 0-9, dot and hyphen"
KEYS_APART: Final = "a folder outside of blobs.path: keys are kept apart from what they open"
WHOLE_STORE: Final = "endpoint, bucket, access_key and secret_key where blobs.kind is s3"
ALLOWED_HOSTS: Final = "each entry to be a host or host:port, an IPv6 address in brackets, without scheme or path"

DEMANDS_VI: Final[Mapping[str, str]] = MappingProxyType(
    {
        HTTP_ADDRESS: "cần địa chỉ http hoặc https không có phần truy vấn",
        PKCS11_ADDRESS: "cần địa chỉ PKCS#11 có token, object hoặc id, và module-path, không ghi mã PIN",
        ONE_SEAL_KEY: "chỉ khai báo khi khóa của con dấu số không nằm trong tệp",
        ONE_KIND_OF_DAY: "mỗi ngày chỉ được ghi là ngày nghỉ hoặc ngày làm việc",
        ONE_TRUST: "chỉ khai báo khi không khai báo trust.anchors và trust.intermediates",
        DATABASE_ADDRESS: "cần địa chỉ bắt đầu bằng postgresql+psycopg://",
        DATABASE_PORT: "cổng trong địa chỉ cơ sở dữ liệu phải là số",
        BROKER_ADDRESS: "cần địa chỉ redis:// hoặc rediss:// cho redis, amqp:// hoặc amqps:// cho rabbitmq, "
        "có tên máy chủ, không có phần truy vấn; loại khác thì để trống",
        BROKER_FILES: "chỉ khai báo khi broker.url là rediss:// hoặc amqps://",
        AGENCY_IDS: "mỗi bên gửi phải được nêu bằng mã định danh cơ quan",
        STORE_ADDRESS: "cần địa chỉ http hoặc https của máy chủ, có hoặc không có cổng, không ghi thêm gì phía sau",
        BUCKET_NAME: "tên `bucket` gồm 3 đến 63 ký tự a–z, 0–9, dấu chấm và gạch nối",
        KEYS_APART: "cần thư mục nằm ngoài `blobs.path`: khóa phải để riêng với gói tin đã mã hóa",
        WHOLE_STORE: "khi `blobs.kind` là `s3`, phải khai báo đủ `endpoint`, `bucket`, `access_key` và `secret_key`",
        ALLOWED_HOSTS: "mỗi mục là máy chủ hoặc máy chủ:cổng, địa chỉ IPv6 đặt trong ngoặc vuông, "
        "không ghi giao thức hay đường dẫn",
        "string_pattern_mismatch": "chỉ gồm a–z, 0–9, dấu chấm và gạch nối, tối đa 64 ký tự",
    }
)
"""By what a check of ours demands, and by the validator's type of error."""
