"""Long work that clients ask for: kept in a table, run one at a time in a process of its own."""
