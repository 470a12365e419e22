"""Registers of addresses from files: which column says what, and what each row is."""
