"""Tables of any format as rows of columns, for what reads registers rather than shapes."""
