"""A document of 10,000 pages, 30 MB of text, through `angel annotate`; one of 1 MB through the starter's tokenizer."""

import json
import resource
from pathlib import Path
from tempfile import TemporaryDirectory

from .toys import TEXTS, angel, started, stored_pipeline, waited
from .trials import Effort, Outcome, check

_PAGE = 3000  # characters


def run(effort: Effort) -> Outcome:
    """It comes out with all its mentions, or with the reason why not, and its neighbours are annotated."""
    outcome = Outcome()
    with TemporaryDirectory() as room:
        pipeline, source, target = stored_pipeline(Path(room)), Path(room, "long.jsonl"), Path(room, "out.jsonl")
        page = " ".join(TEXTS * (_PAGE // len(" ".join(TEXTS))))
        texts = ["Gout.", "\n".join([page] * 10_000), "Aspirin."]
        source.write_text("".join(json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(texts)))
        code, said = angel("annotate", source, target, "--pipeline", pipeline)
        check(outcome, code == 0, f"exit code {code}: {said[-300:]}")
        rows = [json.loads(line) for line in target.read_text().splitlines()] if target.exists() else []
        check(outcome, [row["id"] for row in rows] == ["0", "1", "2"], "an article is missing")
        told = bool(rows) and (bool(rows[1].get("error")) or len(rows[1]["mentions"]) > 10_000)
        check(outcome, told and all(rows[place]["mentions"] for place in (0, 2)), "it is neither done nor told of")
        check(outcome, waited(started(lambda: _tokenised(page * 330))) == 0, "the starter's tokenizer fails")
        error = rows[1].get("error", "none") if rows else "-"
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        outcome.note = f"{len(texts[1]):,} characters; error: {error[:90]}; {most / 2**20:,.0f} MiB"
    return outcome


def _tokenised(text: str) -> int:
    from angel_spacy import load

    return 0 if load().make_doc(text).text == text else 1
