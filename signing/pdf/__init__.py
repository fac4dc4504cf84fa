"""Signatures inside PDF files: PAdES and the older detached PKCS#7."""
