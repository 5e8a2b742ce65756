"""What spaCy's entry points import: registrations only. It must cost nothing and need neither torch nor transformers,
because every `spacy.blank` of everybody imports it."""
