"""A pipeline over texts: a stream of linked articles, a page to read them, corrections to learn from."""
