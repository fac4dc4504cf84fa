"""Why an S3 store does not do what it was asked: one table from what the client library raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from xml.etree.ElementTree import ParseError

from minio.error import MinioException, S3Error, ServerError
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from storage.errors import BlobStoreUnavailable, StoreFault

ABSENT: Final = frozenset({"NoSuchKey", "NoSuchVersion"})
"""What stores call an object that is not there."""

EMPTY: Final = "InvalidRange"
"""What stores say who are asked for the first octets of an object that has none."""

_BY_CODE: Final = {
    "AccessDenied": StoreFault.FORBIDDEN,
    "InvalidAccessKeyId": StoreFault.FORBIDDEN,
    "SignatureDoesNotMatch": StoreFault.FORBIDDEN,
    "RequestTimeTooSkewed": StoreFault.FORBIDDEN,
    "NoSuchBucket": StoreFault.NO_BUCKET,
    "ObjectLockConfigurationNotFoundError": StoreFault.NO_LOCK,
    "RequestTimeout": StoreFault.SLOW,
}
_BY_TYPE: Final = (
    # The first that fits: the later ones are bases of some before.
    (NewConnectionError, StoreFault.UNREACHABLE),
    (ConnectTimeoutError, StoreFault.SLOW),
    (ReadTimeoutError, StoreFault.SLOW),
    (SSLError, StoreFault.UNTRUSTED),
    (IncompleteRead, StoreFault.CUT_SHORT),
    (ProtocolError, StoreFault.CUT_SHORT),
)
_CODE: Final = re.compile(r"[A-Za-z0-9.]{1,64}")
_STRANGE: Final = "not in the manner of S3"


@contextmanager
def answers() -> Iterator[None]:
    """Let whatever a store does instead of answering leave as `BlobStoreUnavailable`, without a word of its own."""
    try:
        yield
    except HTTPError as error:
        raise BlobStoreUnavailable(_fault_of(error)) from error
    except S3Error as error:
        code = error.code if error.code and _CODE.fullmatch(error.code) else _STRANGE
        raise BlobStoreUnavailable(_BY_CODE.get(code, StoreFault.FAILED), said=code) from error
    except ServerError as error:
        raise BlobStoreUnavailable(StoreFault.FAILED, said=error.status_code) from error
    except (MinioException, ParseError, ValueError) as error:
        raise BlobStoreUnavailable(StoreFault.FAILED, said=_STRANGE) from error
    except OSError as error:
        # The library's own are none of these: this is the folder for temporary files.
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error


def _fault_of(error: HTTPError) -> StoreFault:
    last = error.reason if isinstance(error, MaxRetryError) and error.reason is not None else error
    return next((fault for kind, fault in _BY_TYPE if isinstance(last, kind)), StoreFault.UNREACHABLE)
