"""What is proved: keys, certificates, trust, signatures. Knows nothing of what a document means."""
