"""Door plates: what stands on them, how it is laid out, and how it is drawn."""
