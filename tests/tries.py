"""What is in a packed trie, for tests."""

from itertools import pairwise


def sequences(trie):
    """Every name as a tuple of token ids, in order of leaf numbers."""
    values, offsets = trie.all_sequences()
    return [tuple(values[start:stop].tolist()) for start, stop in pairwise(offsets.tolist())]
