"""What is allowed and owed: directory, admission, recipients, deliveries. Pure: time and verdicts come in as values."""
