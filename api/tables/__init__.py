"""Tables in bulk: CSV and Parquet in, the same rows with more columns out, in flat memory."""
