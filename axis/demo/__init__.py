"""The demonstration: a small PKI, a directory of agencies, and documents that travel between them."""
