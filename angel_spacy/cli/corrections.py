"""`angel corrections`: what a person corrected, as something to learn from."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import check_input, check_output, fails_in_one_line
from .messages import good, info, warn
from .options import ANNOTATED, KnowledgeBaseFolder, Pipeline

if TYPE_CHECKING:
    from ..kb import KnowledgeBase


@fails_in_one_line
def corrections(
    predicted: Annotated[Path, typer.Argument(metavar="PREDICTED", help=f"what `annotate` wrote: {ANNOTATED}")],
    corrected: Annotated[
        Path, typer.Argument(metavar="CORRECTED", help="the same articles with corrected ids, in either format")
    ],
    target: Annotated[Path, typer.Argument(metavar="PAIRS", help="the .jsonl file of preference pairs to write")],
    pipeline: Pipeline = "starter",
    kb: KnowledgeBaseFolder = None,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="every mention was looked at: unchanged links are right, learn them too")
    ] = False,
) -> None:
    """Turn corrected links into pairs of a right and a wrong name, for `train configs/corrections.cfg`.

    Mentions go together by article and offsets. The right name is the corrected concept's most similar one to the
    mention, the wrong one what the model had written (PubTator does not say: then the wrong concept's most similar
    name). --pipeline or --kb: the knowledge base that was linked to.
    """
    from ..annotation.corrections import CONFIRMED, CORRECTED, Corrections, read_predicted
    from ..corpora.formats import read_articles
    from ..errors import CorpusError
    from ..objectives.pairs import write_pairs

    for source in (predicted, corrected):
        check_output(check_input(source), target)
    compared = Corrections(_knowledge_base(pipeline, kb), confirmed)
    pairs = list(compared.pairs(read_predicted(predicted), read_articles(corrected)))
    reasons = _listed({name: n for name, n in compared.counts.items() if name not in (CORRECTED, CONFIRMED)})
    if not pairs:
        raise CorpusError(
            f"{corrected}: nothing to learn from ({reasons or 'no mentions'}): change the ids of mentions that are "
            "linked to a wrong concept, and name the knowledge base that they are of (--pipeline or --kb)."
        )
    made = _listed({name: compared.counts[name] for name in (CORRECTED, CONFIRMED)})
    write_pairs(pairs, target)
    if compared.unknown:
        warn(f"{len(compared.unknown)} ids are not in the KB: {', '.join(sorted(compared.unknown)[:5])}; add them.")
    if reasons:
        info(f"Mentions without a pair: {reasons}")
    good(f"{target}: {len(pairs):,} pairs ({made})")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.items() if n)


def _knowledge_base(pipeline: str, folder: Path | None) -> "KnowledgeBase":
    from ..evaluation.run import find_linker
    from ..kb import KnowledgeBase
    from ..pipelines import load_pipeline

    return find_linker(load_pipeline(pipeline)).kb if folder is None else KnowledgeBase.from_disk(folder)
