"""How good links are: judgements, counts, and a pipeline over an annotated corpus."""
