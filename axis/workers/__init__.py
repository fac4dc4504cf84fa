"""Work that is done afterwards: sealing what is owed, ending what is overdue."""
