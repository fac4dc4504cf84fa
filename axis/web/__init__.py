"""The web door: HTTP in, use cases, HTTP out."""
