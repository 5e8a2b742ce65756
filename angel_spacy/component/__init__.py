"""The spaCy component: Docs in, links out."""
