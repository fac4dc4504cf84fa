"""The laws of the house that import-linter cannot see."""
