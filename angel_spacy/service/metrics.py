"""What Prometheus is told: requests, texts, mentions, and how much waits."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_TEXTS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The figures of one application, apart from those of any other in the process."""

    def __init__(self, n_waiting: Callable[[], int]) -> None:
        """`n_waiting` says how many texts wait now."""
        own = self._registry = CollectorRegistry()
        ProcessCollector(registry=own)
        self._requests = Counter("angel_requests", "Requests answered", ("route", "status"), registry=own)
        self._seconds = Histogram(
            "angel_request_seconds", "Seconds until an answer", ("route",), buckets=_SECONDS, registry=own
        )
        self._batch = Histogram("angel_batch_texts", "Texts worked on together", buckets=_TEXTS, registry=own)
        self._texts = Counter("angel_texts", "Texts linked", registry=own)
        self._mentions = Counter("angel_mentions", "Mentions in them", registry=own)
        self._refused = Counter("angel_refused", "Requests refused because too much waited", registry=own)
        Gauge("angel_waiting_texts", "Texts that wait", registry=own).set_function(n_waiting)

    def note_request(self, route: str, status: int, seconds: float) -> None:
        """Counts an answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        if status == 429:
            self._refused.inc()

    def note_batch(self, n_texts: int) -> None:
        """Counts texts that are begun together."""
        self._batch.observe(n_texts)

    def note_linked(self, n_texts: int, n_mentions: int) -> None:
        """Counts texts that were linked."""
        self._texts.inc(n_texts)
        self._mentions.inc(n_mentions)

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self._registry)
