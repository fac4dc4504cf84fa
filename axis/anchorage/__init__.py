"""Whom this installation trusts: a folder of authorities, read, written, and taken up anew while processes run."""
