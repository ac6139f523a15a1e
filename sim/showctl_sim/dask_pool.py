"""The same runs on many machines, through a Dask scheduler (extra ``showctl[dask]``): same results in the same order.

The workers need this showctl installed; the job with its sheet is sent to them once. A worker that dies loses nothing:
the scheduler gives its batches to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from showctl.errors import DriverError, UsageError
from showctl_sim.pool import batches, done

T = TypeVar("T")
R = TypeVar("R")

CONNECT_S = 10
DEATHS = 20      # workers that may die under one batch before it is to blame
AHEAD = 64       # batches on their way


def dask(address: str, size: int = 4) -> Callable[[Callable[[T], R], Sequence[T]], Iterator[R]]:
    """How to share tasks among the workers of the scheduler at ``address`` (``tcp://host:8786``).

    Raises UsageError where the extra is not installed; what it gives raises DriverError where nobody answers.
    """
    try:
        import distributed
    except ImportError:
        raise UsageError("--dask needs the extra: pip install 'showctl[dask]'") from None

    def share(job: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        make: Any = distributed.Client      # untyped, like all of its client
        try:
            client = make(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise DriverError(f"no Dask scheduler at {address}: {error}") from None
        with client:
            if not client.scheduler_info()["workers"]:
                raise DriverError(f"no workers at {address}; start some with 'dask worker {address}'")
            sent = client.scatter(job, broadcast=True, hash=False)
            waiting = []
            for batch in batches(tasks, size):
                waiting.append(client.submit(done, sent, batch, pure=False, retries=DEATHS))
                if len(waiting) >= AHEAD:
                    yield from waiting.pop(0).result()
            for future in waiting:
                yield from future.result()

    return share
