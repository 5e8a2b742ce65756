"""Where requests hand in their texts and wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import Any

import anyio
from spacy.language import Language
from starlette.exceptions import HTTPException

from ..component.linker import AngelLinker
from ..records import Article, LinkedArticle
from .limits import Limits
from .metrics import Metrics
from .tasks import Task, TaskQueue, Work
from .work import explain, explain_against, find, link_given
from .worker import Worker

_IN_TIME = 0.8  # of the time limit, by which an answer is expected when it is taken on


class Desk:
    """The pipeline with its queue and its worker. `n_open` requests are being answered; `is_stopping`: no more are
    taken. All its methods are called in the thread of the event loop."""

    def __init__(self, nlp: Language, linker: AngelLinker, limits: Limits) -> None:
        self.limits = limits
        self.n_open = 0
        self.is_stopping = False
        self._queue = TaskQueue(limits.waiting)
        self.metrics = Metrics(self.n_waiting)
        self.worker = Worker(self._queue, limits.batch, self.metrics.note_batch)
        self._find, self._link_given, self._explain = (partial(do, nlp, linker) for do in (find, link_given, explain))
        self._explain_against = partial(explain_against, nlp, linker)

    def n_waiting(self) -> int:
        """How many texts wait."""
        return len(self._queue)

    async def link(self, articles: Sequence[Article], *, given: bool) -> list[LinkedArticle]:
        """The articles with links, of their own mentions where those are `given`."""
        linked = await self._done(articles, self._link_given if given else self._find)
        self.metrics.note_linked(len(linked), sum(len(one.mentions) for one in linked))
        return linked

    async def explain(self, article: Article, concept_id: str | None) -> Any:
        """The reasons of the article's mention, of one concept where one is named."""
        work = self._explain if concept_id is None else partial(self._explain_against, concept_id)
        return (await self._done([article], work))[0]

    async def _done(self, articles: Sequence[Article], work: Work) -> list[Any]:
        """The results of `work`, one for each article. Raises HTTPException: 429 where too much waits, 504 after the
        time limit; then, and where nobody waits any more, what was not begun is dropped."""
        tasks = [Task(article, work) for article in articles]
        n_too_many = self.n_waiting() + len(tasks) - self._room()
        if n_too_many > 0 or not self._queue.put(tasks):
            seconds = self.worker.seconds_until(ceil(n_too_many))
            busy = f"{self.n_waiting()} texts wait already; ask again in {seconds} s."
            raise HTTPException(429, busy, {"Retry-After": str(seconds)})
        try:
            with anyio.fail_after(self.limits.seconds):
                return await asyncio.gather(*(asyncio.wrap_future(task.result) for task in tasks))
        except TimeoutError:
            late = f"There was no answer within {self.limits.seconds:g} s; send fewer or shorter texts, or try later."
            raise HTTPException(504, late) from None
        finally:
            self._queue.drop(tasks)

    def _room(self) -> float:
        """How many texts may wait: fewer than the limit where the last ones would be done too late, for nobody."""
        if not self.n_waiting():
            return self.limits.waiting
        return min(self.limits.waiting, self.worker.n_within(_IN_TIME * self.limits.seconds))
