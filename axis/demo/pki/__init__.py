"""A public-key infrastructure as data, for the demonstration and the tests: its authorities answer over HTTP."""
