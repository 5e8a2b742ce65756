"""Odd texts through the component: the toy pipeline, and its linker with mentions anywhere."""

import random
from functools import partial
from pathlib import Path
from typing import Any

from angel_spacy.component.long_runs import to_read

from .fuzz import Target, fuzz
from .mutation import Files
from .toys import TEXTS, toy_pipeline
from .trials import Effort, Outcome

_LONGEST = 3000  # characters: what is fuzzed is what is odd, not what is long
_SIGNS = (
    "\0",
    "\u0301",
    "\u202e",
    "\u200b",
    "İ",
    "ﬁ",
    "😀",
    "👩‍👩‍👧",
    "</s>",
    "<pad>",
    "((",
    "START",
    "\r\n",
)


def run(effort: Effort) -> Outcome:
    """Texts whole, and texts with mentions marked at random."""
    nlp = toy_pipeline()
    sample = {"a.txt": " ".join(TEXTS).encode(), "b.txt": "gout (AKI), النقرس; Renal  failure\n\n".encode()}
    targets = [
        Target("texts", [sample], partial(_annotated, nlp), _odd_text),
        Target("mentions", [sample], partial(_linked, nlp), _odd_text),
    ]
    return fuzz(targets, effort)


def _odd_text(rng: random.Random, files: Files) -> Files:
    words = b" ".join(files.values()).decode().split(" ") + [rng.choice(_SIGNS) for _ in range(rng.choice((0, 1, 5)))]
    rng.shuffle(words)
    return {"a.txt": rng.choice((" ", "", "\n", "-")).join(words).encode()}


def _text(folder: Path) -> str:
    data = next(iter(sorted(folder.iterdir()))).read_bytes()
    return data.decode("utf-8", "replace")[:_LONGEST]  # half a character is refused by spaCy itself


def _annotated(nlp: Any, folder: Path) -> None:
    text = _text(folder)
    doc = nlp(to_read(nlp, text))  # as the commands read it
    assert doc.text == text
    for ent in doc.ents:
        assert ent.kb_id_, "an entity is neither linked nor NIL"


def _linked(nlp: Any, folder: Path) -> None:
    text = _text(folder)
    rng = random.Random(text)
    places = [sorted((rng.randrange(len(text)), rng.randrange(len(text)) + 1)) for _ in range(3)] if text else []
    offsets = [(start, end) for start, end in places if start < end]
    ((*links,),) = nlp.get_pipe("angel_linker").link_mentions([nlp(to_read(nlp, text))], [offsets])
    assert len(links) == len(offsets)
