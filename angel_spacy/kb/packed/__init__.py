"""Concepts as flat arrays, and what finds them."""
