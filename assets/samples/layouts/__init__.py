"""How each use of land is built up.

A layout is a function of the lot's ground (turned so that its streets run east and north) and of
random numbers; it gives drafts of buildings, lanes and greens in the same frame.
"""
