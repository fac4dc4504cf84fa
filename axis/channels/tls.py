"""TLS towards a server of the installation's own: whom to believe, and what to show."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from signing.errors import CertificateUnreadable, KeyFault, KeyUnusable


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the authorities a server is believed by (None: the machine's), and our certificate with its key."""

    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return the context of a client that verifies certificate and host name, TLS 1.2 at least.

        Raises `CertificateUnreadable` or `KeyUnusable` for a file that is none.
        """
        try:
            context = ssl.create_default_context(cafile=self.authorities)
        except ssl.SSLError as error:
            raise CertificateUnreadable("the broker's authorities are no PEM certificates") from error
        except OSError as error:
            raise KeyUnusable(KeyFault.NO_FILE, setting="broker.ca_file") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None:
            try:
                # A password could only be asked for on a terminal that is not there: an empty one is wrong at once.
                context.load_cert_chain(self.certificate, self.key, password="")
            except ssl.SSLError as error:
                raise KeyUnusable(KeyFault.UNREADABLE) from error
            except OSError as error:
                raise KeyUnusable(KeyFault.NO_FILE, setting="broker.certificate_file") from error
        return context
