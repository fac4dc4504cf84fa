"""Attacks on documents, written as code: each makes what an attacker would send."""
