"""Kinds of rules, one a file: what a rule of `assets/bim/rules.toml` may ask."""
