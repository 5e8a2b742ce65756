"""Names as a trie of token ids; integers only."""
