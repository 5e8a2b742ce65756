"""Stored knowledge bases and pipelines in which a bit is another: refused with the name of the damage, or as it was.
What is loaded all the same and gives other answers went wrong."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from angel_spacy.errors import AngelError
from angel_spacy.kb import KnowledgeBase
from angel_spacy.pipelines import load_pipeline

from .toys import TEXTS, stored_pipeline
from .trials import Effort, Outcome

_PER_FILE = 5  # damages at scale 1


def pipeline(effort: Effort) -> Outcome:
    """Each file of a pipeline's folder, damaged in turn."""
    with TemporaryDirectory() as room:
        return _each(stored_pipeline(Path(room)), _answers, effort)


def kb(effort: Effort) -> Outcome:
    """Each file of a knowledge base's folder, all of it read and compared with its checksums."""
    with TemporaryDirectory() as room:
        folder = stored_pipeline(Path(room)) / "angel_linker" / "kb"
        return _each(folder, lambda path: list(KnowledgeBase.from_disk(path, verify=True).concepts), effort)


def _each(folder: Path, look: Callable[[Path], Any], effort: Effort) -> Outcome:
    before, outcome, found = look(folder), Outcome(), Counter[str]()
    rng = random.Random(effort.seed)
    n_each = max(1, round(_PER_FILE * effort.seconds / 20))
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder)
        for _ in range(n_each):
            with TemporaryDirectory() as room:
                copy = Path(shutil.copytree(folder, Path(room, "copy")))
                _damage(copy / name, rng)
                how = _seen(copy, copy / name, look, before)
            outcome.n += 1
            found[how] += 1
            if how.startswith(("raises", "gives")):
                outcome.wrong.append(f"{name}: {how}")
    outcome.note = ", ".join(f"{n} {how.partition(':')[0]}" for how, n in found.most_common())
    return outcome


def _damage(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _seen(folder: Path, damaged: Path, look: Callable[[Path], Any], before: Any) -> str:
    try:
        after = look(folder)
    except AngelError as error:
        return "refused with the name" if damaged.stem in str(error) or damaged.parent.name in str(error) else "refused"
    except Exception as error:
        return f"raises {error!r:.100}"
    return "as before" if after == before else "gives other answers"


def _answers(folder: Path) -> list[Any]:
    """What a pipeline says of the texts, probabilities to the sixth digit."""
    nlp = load_pipeline(folder)
    return [
        [
            (
                ent.text,
                ent.label_,
                ent.kb_id_,
                [(one.concept_id, round(one.probability, 6)) for one in ent._.kb_candidates],
            )
            for ent in doc.ents
        ]
        for doc in nlp.pipe(TEXTS)
    ]
