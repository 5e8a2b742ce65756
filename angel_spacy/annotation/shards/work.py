"""One shard: its articles through the pipeline, to the disk, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...arrays.checksums import sha256_of
from ...component.given import linked_as_given
from ...component.loading import ready_pipeline
from ...component.workers import return_free_memory, return_large_blocks
from ...errors import CorpusError
from ...files import synced, whole
from ...records import Article, LinkedArticle
from ..stream import annotate
from ..writing import NothingHeldError, write_annotations
from .folder import RunFolder, save_json
from .plan import Shard
from .tries import PLAIN_TRIES, Tries

Report = dict[str, Any]
"""Of a shard: its name and key, where its articles are from, counts, what failed, the checksum of its file."""

_DEADLY = "WorkerDied: the worker process died whenever it came to this article; look at its text, or at the memory"
_HOPELESS = "WorkerDied: the worker process died again and again at this shard; give it more memory, or smaller shards"


@dataclass(frozen=True)
class Job:
    """What every worker does: which pipeline, with which KB and settings of the linker, writes where and how."""

    pipeline: str
    kb: str | None
    settings: Mapping[str, Any]
    folder: RunFolder
    form: str
    given: bool = False
    batch_size: int = 32


class Worker:
    """A pipeline that does one shard after another."""

    def __init__(self, job: Job) -> None:
        return_large_blocks()
        self.job = job
        self.nlp, self.linker = ready_pipeline(job.pipeline, job.kb, **job.settings)

    @classmethod
    def of_team(cls, job: Job) -> Worker:
        """One that shares what the run's other workers need too."""
        worker = cls(job)
        worker.share()
        return worker

    def share(self) -> None:
        """From now on what takes much memory lies in the run's folder, for workers that follow."""
        self.linker.keep_vectors(self.job.folder.vectors)

    def __call__(self, shard: Shard, articles: Sequence[Article]) -> Report:
        """The report of the shard, when its file and the report are on the disk."""
        folder = self.job.folder
        tries = Tries(folder.tries(shard.name))
        n_tries = tries.begin()
        if n_tries >= PLAIN_TRIES and not tries.is_all_tried:
            self._try_alone(tries, articles)
        lost = dict.fromkeys(range(len(articles)), _HOPELESS) if tries.is_hopeless else {}
        lost = lost or dict.fromkeys(tries.deadly(), _DEADLY)
        report = self._write(shard, self._linked(articles, lost, one_by_one=n_tries > 2 * PLAIN_TRIES))
        save_json(report, folder.report(shard.name))
        tries.forget()
        return_free_memory()
        return report

    def _try_alone(self, tries: Tries, articles: Sequence[Article]) -> None:
        """Each article by itself, from where the last worker died."""
        for place in range(tries.next_alone(), len(articles)):
            tries.begin_alone(place)
            for _ in self._stream(articles[place : place + 1]):
                pass
        tries.end_alone()

    def _linked(
        self, articles: Sequence[Article], lost: Mapping[int, str], *, one_by_one: bool
    ) -> Iterator[LinkedArticle]:
        """The articles in order; those that are `lost` with the reason for it."""
        self.linker.forget_answers()  # whatever came before, the shard is the same
        stream = self._stream([one for place, one in enumerate(articles) if place not in lost], one_by_one)
        for place, article in enumerate(articles):
            yield LinkedArticle(article, error=lost[place]) if place in lost else next(stream)

    def _stream(self, articles: Iterable[Article], one_by_one: bool = False) -> Iterator[LinkedArticle]:
        if self.job.given:
            return linked_as_given(self.nlp, self.linker, articles)
        batch_size = 1 if one_by_one else self.job.batch_size
        return annotate(self.nlp, articles, spans_key=self.linker.settings.spans_key, batch_size=batch_size)

    def _write(self, shard: Shard, linked: Iterable[LinkedArticle]) -> Report:
        failed: list[dict[str, str]] = []
        target = self.job.folder.shard(shard.name)

        def hear(error: CorpusError) -> None:
            failed.append({"article": getattr(error, "article_id", ""), "reason": str(error)})

        said: Report = {"shard": shard.name, "key": shard.key, "input": shard.source.path}
        said |= {"first": shard.first, "end": shard.end, "articles": shard.n_articles}
        try:
            with whole(target, self.job.folder.room) as fresh:
                tally = write_annotations(linked, fresh, hear, format=self.job.form)
                synced(fresh)
                size, checksum = fresh.stat().st_size, sha256_of(fresh)
        except NothingHeldError:
            target.unlink(missing_ok=True)
            return said | {"file": None, "failed": failed}
        counts = {"mentions": tally.mentions, "linked": tally.linked, "lost": dict(tally.lost)}
        return said | counts | {"file": target.name, "bytes": size, "sha256": checksum, "failed": failed}


def is_done(shard: Shard, report: Report | None, folder: RunFolder) -> bool:
    """Whether the report is of this shard, made by this run, and its file is there, as it was written."""
    if not report or report.get("key") != shard.key:
        return False
    path = folder.shard(shard.name)
    try:
        if report["file"] is None:
            return True
        return bool(path.stat().st_size == report["bytes"] and sha256_of(path) == report["sha256"])
    except OSError:
        return False
