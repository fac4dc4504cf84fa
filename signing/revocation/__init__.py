"""Whether certificates were revoked: three states, judged from CRLs and OCSP answers that somebody else fetched."""
