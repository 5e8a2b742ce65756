"""Two processes that write the same output at once: it is that of one of them, whole; the other may say that it is
busy."""

from pathlib import Path
from tempfile import TemporaryDirectory

from .toys import angel, command, started, stored_pipeline, waited, write_concepts, write_texts
from .trials import Effort, Outcome, check


def run(effort: Effort) -> Outcome:
    """A file, shards, a knowledge base."""
    outcome = Outcome()
    with TemporaryDirectory() as room:
        texts = write_texts(Path(room, "texts.jsonl"), 500)
        concepts = write_concepts(Path(room, "concepts.jsonl"), 5000)
        pipeline = ["--pipeline", stored_pipeline(Path(room))]
        for number in range(effort.n_kills):
            for name, words in (
                ("out.jsonl", ["annotate", texts, "{}", *pipeline]),
                ("shards/", ["annotate", texts, "{}/", *pipeline, "--n-process", 1, "--shard-size", 50]),
                ("kb", ["kb", "build", "jsonl", concepts, "{}"]),
            ):
                _race(outcome, name, words, Path(room, f"{number}-{name}"), Path(room, f"alone-{name}"))
    outcome.note = f"{effort.n_kills} times two that write a file, shards, a knowledge base"
    return outcome


def _race(outcome: Outcome, name: str, words: list[object], target: Path, alone: Path) -> None:
    if not alone.exists():
        angel(*(str(word).replace("{}", str(alone)) for word in words))
    own = [str(word).replace("{}", str(target)) for word in words]
    codes = sorted(waited(process) for process in [started(command(own)) for _ in range(2)])
    check(outcome, codes in ([0, 0], [0, 1]), f"{name}: exit codes {codes}")
    check(outcome, _content(target) == _content(alone), f"{name}: not what one alone writes")
    hidden = [path.name for path in target.parent.iterdir() if path.name.startswith(f".{target.name}-")]
    check(outcome, not hidden, f"{name}: {hidden} stays")


def _content(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {"": path.read_bytes()}
    own = (one for one in sorted(path.rglob("*")) if one.is_file() and ".angel" not in one.parts)
    return {str(one.relative_to(path)): one.read_bytes() for one in own}
