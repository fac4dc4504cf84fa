"""What is said: edXML documents, status messages and evidence. Pure: no clock, no network, no database."""
