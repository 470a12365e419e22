"""Standard addresses: their text, their elements, the divisions they lie in."""
