"""What is remembered: rows, transactions, object stores. Decides nothing; rows never leave it."""
