"""PostgreSQL: the engine, transactions, tables and the functions that read and write them."""
