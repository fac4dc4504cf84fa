"""A real PostgreSQL of the program's own, started from a wheel and reached through a Unix socket."""

from storage.database.embedded.cluster import EmbeddedPostgres, running_url

__all__ = ["EmbeddedPostgres", "running_url"]
