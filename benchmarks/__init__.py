"""Measures the running axis, and the floor beneath it, in one run on one machine."""
