"""Networks: what is loaded, what it computes in, and the decoders over it."""

PRECISIONS = ("float32", "bfloat16", "float16", "int8")
"""The numbers in which a network may compute."""
