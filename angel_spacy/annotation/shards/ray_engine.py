"""Ray Data as the engine: on this machine, or on a cluster whose machines all see the files and the run's folder."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ...errors import AngelError, ConfigError, MissingExtraError
from .plan import Input, Shard, look_through, with_articles
from .work import Job, Report, Worker

if TYPE_CHECKING:
    from .run import Looked

Batch = dict[str, Any]

_ACTORS_A_READER = 16  # a reader reads some hundred times as fast as an actor annotates

_OWN = "local"  # Ray's name for a cluster that is started for the one who asks
_ROUNDED = 1e-6  # three tenths are a bit less than 0.3
_TOLD = (AngelError, OSError)  # handed to the leader, which raises them: Ray makes other ones of what is raised
_PATIENCE = 20.0  # seconds for a connection
_REMEDY = (
    "Check the address, and that this machine may connect to it; where `ray start` switched tokens on, set "
    "RAY_AUTH_MODE=token here too, with the token of the cluster (~/.ray/auth_token, or RAY_AUTH_TOKEN)."
)

EXTRA = 'Ray is an extra: pip install "angel-spacy[ray]"'


@dataclass(frozen=True)
class Ray:
    """Actors of Ray Data, each with a pipeline. `n_workers` None: as many as the cluster has room for now.

    `address`: a cluster's, as `ray start` printed it; None: the one that the environment names, or one that is started
    here for the run. A GPU may be shared: `gpus` 0.25 puts four workers on one. Work raises ConfigError where
    no cluster answers, or where a worker has no room on any of its machines.
    """

    n_workers: int | None = None
    address: str | None = None
    cpus: float = 1
    gpus: float = 0

    def look_through(self, files: Sequence[Looked]) -> Iterable[Input]:
        """What there is in each file, a task each."""
        ray = self._connected()
        look = ray.remote(max_retries=-1)(look_through)
        try:
            return list(ray.get([look.remote(*one) for one in files]))
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, _TOLD):
                raise error.cause from None  # without Ray's account of where
            raise

    def annotate(self, worker: Worker, todo: Sequence[Shard]) -> Iterator[Report]:
        """Tasks read the files, actors annotate; Ray waits with reading where actors are behind."""
        ray = self._connected()
        if not todo:
            return
        n_actors = self._n_actors(ray, len(todo))
        by_input = [{"shards": list(of_one)} for _, of_one in groupby(todo, lambda shard: shard.source.name)]
        read = ray.data.from_items(by_input, override_num_blocks=len(by_input)).map_batches(
            _read,
            batch_size=1,
            compute=ray.data.TaskPoolStrategy(size=-(-n_actors // _ACTORS_A_READER)),
            num_cpus=0,  # reading takes little of one
        )
        done = read.map_batches(
            _Actor,
            fn_constructor_args=(worker.job, max(1, int(self.cpus))),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=n_actors),
            num_cpus=self.cpus,
            num_gpus=self.gpus or None,
        )
        for row in done.iter_rows():
            if isinstance(row["report"], _TOLD):
                raise row["report"]
            yield row["report"]

    def _n_actors(self, ray: Any, n_shards: int) -> int:
        """As many actors as are wanted, or fit, and have something to do. Those that are wanted may wait for machines
        that come later; none that is started here does."""
        room = sum(self._room_on(machine["Resources"], n_shards) for machine in ray.nodes() if machine["Alive"])
        if not room and (self._address == _OWN or not self.n_workers):
            raise ConfigError(
                f"No machine of Ray's has room for a worker with {self.cpus:g} processors and {self.gpus:g} GPUs: give "
                "it less (--worker-cpus, --worker-gpus), or say with --n-process for how many to wait."
            )
        return min(self.n_workers or room, n_shards)

    def _room_on(self, machine: Mapping[str, float], most: int) -> int:
        """For how many workers one machine has processors and GPUs, no more than `most`."""
        wanted = (("CPU", self.cpus), ("GPU", self.gpus))
        return min([most, *(int(machine.get(name, 0) / each + _ROUNDED) for name, each in wanted if each)])

    @property
    def _address(self) -> str:
        return self.address or os.environ.get("RAY_ADDRESS") or _OWN  # None: any that runs, or ran, here

    def _connected(self) -> Any:
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise MissingExtraError(EXTRA) from error
        if not ray.is_initialized():
            logging.getLogger("ray.data").setLevel(logging.ERROR)
            _check_reachable(self._address)
            try:
                ray.init(address=self._address, log_to_driver=False, logging_level=logging.ERROR)
            except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
                raise ConfigError(f"Ray at {self._address}: {error}. {_REMEDY}") from error
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.target_max_block_size = 1  # bytes: each shard goes on as soon as it is read, or done
        return ray


class _Actor:
    """A worker, as Ray Data calls it: a batch is one shard."""

    def __init__(self, job: Job, n_threads: int) -> None:
        import torch

        torch.set_num_threads(n_threads)
        self._worker = Worker.of_team(job)

    def __call__(self, batch: Batch) -> Batch:
        try:
            return {"report": [one if isinstance(one, _TOLD) else self._worker(*one) for one in batch["task"]]}
        except _TOLD as error:
            return {"report": [error]}


def _check_reachable(address: str) -> None:
    """Raises ConfigError where nobody listens at HOST:PORT: Ray itself asks again and again, for ten minutes."""
    host, _, port = address.rpartition(":")
    if "://" in address or not (host and port.isdigit()):
        return  # `local`, `auto`, and what Ray calls clients
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"Ray at {address}: nobody answers ({error}). {_REMEDY}") from error


def _read(batch: Batch) -> Iterator[Batch]:
    """The shards of an input with their articles, one after the other; what is to be told goes the same way."""
    for shards in batch["shards"]:
        try:
            for task in with_articles(shards):
                yield {"task": [task]}
        except _TOLD as error:
            yield {"task": [error]}
