"""Tables of addresses or places in bulk: every row comes back, in its order, with its answer."""
