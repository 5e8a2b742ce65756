"""Annotated and plain text in and out, one file a format."""
