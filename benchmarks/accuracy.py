"""How right the links of a generator are in each mode: all gold mentions, as `spacy angel evaluate` judges them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import spacy

from angel_spacy.corpora.aliases import mention_aliases
from angel_spacy.corpora.formats import read_articles
from angel_spacy.evaluation.run import evaluate_gold, find_linker
from angel_spacy.kb import KnowledgeBase
from angel_spacy.models.architecture import generator_shim
from angel_spacy.models.generator import Generator
from angel_spacy.records import Article

BLANK = {"nlp": {"tokenizer": {"@tokenizers": "angel_spacy.SciTokenizer.v1"}}}


class Judge:
    """A pipeline of abbreviations and linker over the mentions of a corpus, its trie built once."""

    def __init__(
        self, generator: Generator, kb: KnowledgeBase, aliases: Iterable[Path], articles: Sequence[Article]
    ) -> None:
        """The mentions of the corpora `aliases` become names."""
        self._nlp = spacy.blank("en", config=BLANK)
        self._nlp.add_pipe("angel_abbreviations")
        self._linker = self._nlp.add_pipe("angel_linker")
        generator_shim(self._linker.model).generator = generator
        self._linker.set_kb(kb.with_aliases(mention_aliases(one for path in aliases for one in read_articles(path))))
        self._articles = articles

    def accuracy(self, width: int, precision: str, margin: float | None) -> dict[str, Any]:
        """acc@1 (lenient and strict), acc@5, mentions; nothing is taken from a cache."""
        linker = find_linker(self._nlp)
        search = {"beam_width": width, "precision": precision, "beam_margin": margin, "cache_size": 0}
        linker.settings = replace(linker.settings, **search)
        table = evaluate_gold(self._nlp, self._articles)
        return {name: table[name] for name in ("n", "acc@1", "acc@1_strict", "acc@5")}
