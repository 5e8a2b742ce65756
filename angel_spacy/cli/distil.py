"""`angel distil`: a small generator that learns from what a pipeline's large one answers."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ..errors import ConfigError
from .errors import Problems, check_input, fails_in_one_line
from .messages import good, warn
from .options import ARTICLES, Format, KnowledgeBaseFolder, PipelineArgument
from .progress import progress

if TYPE_CHECKING:
    from spacy.language import Language

    from ..component.linker import AngelLinker
    from ..records import Article


LEAST_VOCABULARY = 300
ARTICLES_A_FILE, NAMES_A_FILE = 1000, 20_000  # whose answers are written at a time

T = TypeVar("T")


@fails_in_one_line
def distil(
    pipeline: PipelineArgument,
    texts: Annotated[list[Path], typer.Argument(metavar="TEXTS...", help=ARTICLES)],
    into: Annotated[Path, typer.Option(help="write the pipeline here, with the student as its generator")],
    kb: KnowledgeBaseFolder = None,
    format: Format = None,  # noqa: A002 the name of the option
    limit: Annotated[int | None, typer.Option(help="read only the first N articles of each file", min=1)] = None,
    names: Annotated[int, typer.Option(help="so many names of the KB are asked about too, alone", min=0)] = 100_000,
    top: Annotated[int, typer.Option(help="answers of the teacher to a question that are learnt", min=1)] = 5,
    width: Annotated[int, typer.Option(help="of the student's hidden states", min=8)] = 256,
    encoder_layers: Annotated[int, typer.Option(min=1)] = 4,
    decoder_layers: Annotated[int, typer.Option(min=1)] = 1,
    vocab_size: Annotated[
        int, typer.Option(help="of a tokenizer that is learnt for the student; 0: the teacher's", min=0)
    ] = 0,
    steps: Annotated[int, typer.Option(help="batches that the student learns from", min=1)] = 5000,
    batch_size: Annotated[int, typer.Option(min=1)] = 64,
    learning_rate: Annotated[float, typer.Option(help="at most, after a warm-up", min=1e-9)] = 1.5e-3,
    cpu: Annotated[bool, typer.Option("--cpu", help="train on the processor although there is a GPU")] = False,
    threads: Annotated[int, typer.Option(help="processor threads (0: as many as there are)", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="of weights and order")] = 0,
) -> None:
    """Train a small generator on what a large one answers about the mentions that its pipeline finds in texts.

    Nobody need annotate the texts. A run that was stopped goes on where it was, in the folder INTO-training: the
    teacher's answers (answers/) and the student's checkpoints.
    """
    from ..component.loading import ready_pipeline
    from ..corpora.formats import read_articles
    from ..models.precision import default_precision
    from ..objectives.answers import read_answers
    from ..pipelines import store_pipeline
    from ..training.distillation import Distillation
    from ..training.processes import device
    from ..training.run import use_threads
    from ..training.sections import NetworkSize, Schedule
    from ..training.stage_settings import check_same
    from .pipeline_folder import check_new
    from .train import check_extra

    check_extra()
    check_new(into)
    if width % 64 and width > 64:
        raise ConfigError(f"width is {width}: use a multiple of 64, the width of a head.")
    for path in texts:
        check_input(path)
    if 0 < vocab_size < LEAST_VOCABULARY:
        raise ConfigError(f"vocab_size is {vocab_size}: use 0, or {LEAST_VOCABULARY} and more; every byte is a token.")
    use_threads(threads)
    nlp, linker = ready_pipeline(pipeline, kb)
    folder = into.with_name(f"{into.name}-training")
    stored = folder / "answers"
    asked = {"pipeline": pipeline, "texts": [str(path) for path in texts], "kb": str(kb), "limit": limit}
    asked |= {"names": names, "top": top, "seed": seed}
    learnt = {"width": width, "layers": [encoder_layers, decoder_layers], "vocab_size": vocab_size, "steps": steps}
    learnt |= {"batch_size": batch_size, "learning_rate": learning_rate}
    folder.mkdir(parents=True, exist_ok=True)
    check_same({**asked, **learnt}, folder, "--into")
    problems = Problems()
    articles = chain.from_iterable(
        islice(read_articles(path, format, problems, texts_only=True), limit) for path in texts
    )
    every = linker.kb.names()
    some = sorted(Random(seed).sample(range(len(every)), min(names, len(every))))
    n_files = _ask(nlp, linker, articles, (every[number] for number in some), stored, top)
    answers = list(chain.from_iterable(map(read_answers, sorted(stored.glob("*.jsonl.gz"))[:n_files])))
    good(f"{len(answers):,} answers of the teacher are in {stored}")
    teacher = linker.generator
    heads = max(1, width // 64)
    size = NetworkSize(
        d_model=width,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        max_position_embeddings=min(1024, teacher.prompter.max_positions),
        dropout=0.05,
    )
    schedule = Schedule(
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        warmup_steps=min(300, steps // 4),
        bf16=default_precision(device(use_cpu=cpu)) == "bfloat16",
        use_cpu=cpu,
    )
    run = Distillation(answers, folder, size, schedule, teacher=teacher, vocab_size=vocab_size, seed=seed)
    linker.generator = student = run.student()
    store_pipeline(nlp, into)
    before, after = (sum(one.numel() for one in of.network.parameters()) for of in (teacher, student))
    if after > before:
        warn("The student is larger than its teacher: take a smaller width, or fewer layers.")
    good(f"The pipeline with its student ({after:,} weights, the teacher has {before:,}) is in {into}")


def _ask(
    nlp: "Language", linker: "AngelLinker", articles: Iterable["Article"], names: Iterable[str], folder: Path, top: int
) -> int:
    """Asks the teacher about mentions in texts, and about names of its knowledge base, and writes what it answers: a
    file for so many of them, each whole, none that is there already. How many files there are."""
    from ..component.unlabelled import mentions_in
    from ..objectives.answers import write_answers
    from ..training.distillation import answers, names_alone

    asked = chain(
        (partial(mentions_in, nlp, linker, some) for some in _some(articles, ARTICLES_A_FILE)),
        (partial(names_alone, some) for some in _some(names, NAMES_A_FILE)),
    )
    n_files = 0
    for n_files, spans in enumerate(progress(asked, unit="file"), 1):
        part = folder / f"{n_files:05d}.jsonl.gz"
        if not part.exists():
            write_answers(answers(linker.generated, spans(), linker.settings, top=top), part)
    return n_files


def _some(items: Iterable[T], size: int) -> Iterator[list[T]]:
    stream = iter(items)
    while some := list(islice(stream, size)):
        yield some
