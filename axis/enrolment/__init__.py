"""The keeper of the directory: who takes part, with which certificates and systems, on whose word and why."""
