"""The page behind a door plate: what everybody may know of an address."""
