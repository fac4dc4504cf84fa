"""The stable codes of what the web door itself refuses or fails at."""

from __future__ import annotations

from enum import StrEnum


class ProblemCode(StrEnum):
    """What the door itself refuses or fails at; the value is the public code."""

    UNKNOWN_PATH = "request/unknown-path"
    METHOD_NOT_ALLOWED = "request/method-not-allowed"
    INVALID_REQUEST = "request/invalid"
    UNREADABLE_REQUEST = "request/unreadable"
    MEDIA_TYPE = "request/unsupported-media-type"
    CONTENT_ENCODING = "request/content-encoding-refused"
    BODY_TOO_LARGE = "request/body-too-large"
    BODY_INCOMPLETE = "request/body-incomplete"
    BODY_TOO_SLOW = "request/body-too-slow"
    DIGEST_MISMATCH = "request/digest-mismatch"
    DIGEST_MISSING = "request/digest-missing"
    RATE_EXCEEDED = "request/rate-exceeded"
    TOO_MANY_WAITING = "request/too-many-waiting"
    TOO_MANY_UPLOADS = "request/too-many-uploads"
    TOO_MANY_DOWNLOADS = "request/too-many-downloads"
    RANGE_NOT_SATISFIABLE = "request/range-not-satisfiable"

    TOKEN_MISSING = "access/token-missing"  # noqa: S105 a problem code
    TOKEN_INVALID = "access/token-invalid"  # noqa: S105 a problem code
    TOKEN_EXPIRED = "access/token-expired"  # noqa: S105 a problem code
    REVOKED = "access/revoked"

    GRANT_MALFORMED = "token/invalid-request"
    GRANT_TYPE = "token/unsupported-grant-type"
    CLIENT_INVALID = "token/invalid-client"
    ASSERTION_EXPIRED = "token/assertion-expired"
    ASSERTION_EARLY = "token/assertion-not-yet-valid"
    ASSERTION_LONG = "token/assertion-too-long-lived"
    ASSERTION_AUDIENCE = "token/assertion-for-another-audience"
    ASSERTION_USED = "token/assertion-used"
    SCOPE_INVALID = "token/invalid-scope"

    NOT_FOUND = "resource/not-found"
    NO_AGENCY = "resource/no-such-agency"
    LEASE_LOST = "lease/lost"
    LEASED_ELSEWHERE = "lease/held-elsewhere"
    WITHDRAWN = "delivery/withdrawn"
    RECALLED = "delivery/recalled"

    UPLOAD_OFFSET = "upload/offset"
    UPLOAD_TOO_LONG = "upload/too-long"
    UPLOAD_CHUNK_TOO_SMALL = "upload/chunk-too-small"
    UPLOAD_INCOMPLETE = "upload/incomplete"
    UPLOAD_OTHER_DIGEST = "upload/other-digest"
    UPLOAD_ENDED = "upload/ended"
    UPLOAD_TOO_MANY = "upload/too-many-open"
    UPLOAD_TOO_MUCH = "upload/too-much-open"

    ACKNOWLEDGEMENT_TOO_LARGE = "acknowledgement/too-large"
    ACKNOWLEDGEMENT_MALFORMED = "acknowledgement/malformed"

    BUSY = "service/busy"
    UNAVAILABLE = "service/unavailable"
    CLOCK_ASTRAY = "service/clock-astray"
    INTERNAL = "internal"
