"""Prompts in, ranked concepts out: where candidates come from, and in which order they stand."""
