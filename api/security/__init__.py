"""Who asks, what they may see and do, and what is written down of it."""
