"""Judgements that foreign octets could hang or swell, done in a process that can be killed."""
