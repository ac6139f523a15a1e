"""Many independent runs on all cores of one machine; results come in the order of the tasks, whoever is quicker."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from showctl.errors import ShowctlError

T = TypeVar("T")
R = TypeVar("R")

BATCHES_AHEAD = 4      # batches that wait for each worker: results never pile up far ahead of the one in turn


def batches(tasks: Sequence[T], size: int) -> list[Sequence[T]]:
    """``tasks`` in pieces of ``size``, the last one shorter."""
    return [tasks[start:start + size] for start in range(0, len(tasks), size)]


def done(job: Callable[[T], R], batch: Sequence[T]) -> list[R]:
    """One batch, in one worker."""
    return [job(task) for task in batch]


def processes(jobs: int, size: int = 4) -> Callable[[Callable[[T], R], Sequence[T]], Iterator[R]]:
    """How to share tasks among ``jobs`` processes, ``size`` at a time. One job is this process itself.

    What it gives raises ShowctlError where a worker dies, which says how to go on.
    """
    def share(job: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        if jobs <= 1 or len(tasks) <= 1:
            yield from map(job, tasks)
            return
        with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                yield from _in_order(pool, job, batches(tasks, size), jobs * BATCHES_AHEAD)
            except BrokenProcessPool:
                raise ShowctlError("a worker process died, out of memory perhaps; try fewer with --jobs") from None
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    return share


def _in_order(
    pool: ProcessPoolExecutor, job: Callable[[T], R], every: list[Sequence[T]], ahead: int
) -> Iterator[R]:
    waiting: list[Future[list[R]]] = []
    for batch in every:
        waiting.append(pool.submit(done, job, batch))
        if len(waiting) >= ahead:
            yield from waiting.pop(0).result()
    for future in waiting:
        yield from future.result()
