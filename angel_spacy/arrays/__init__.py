"""Integers and texts in arrays, on disk or in memory; knows no concept."""
