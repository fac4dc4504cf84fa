"""The tests of what is remembered, on a real PostgreSQL and a real disk."""
