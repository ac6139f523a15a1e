"""Runs shared out through a real Dask scheduler and two workers on loopback: the same results, one worker killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from showctl import sheet as sheet_reader
from showctl.errors import DriverError, UsageError
from showctl.model import SECOND_NS
from showctl_sim import sweep
from showctl_sim.dask_pool import dask
from tests.stage import CONFIGS

HOUSE = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join(str(HOUSE / each) for each in (".", "drivers", "sim")),
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__GIL__ENABLED": "false",
}
QUIET = ("--no-dashboard",)
MINUTES_NS = 5 * 60 * SECOND_NS


@dataclass
class Cluster:
    address: str
    workers: list[subprocess.Popen[bytes]]


def dask_program(stack: ExitStack, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]], env=ENVIRONMENT,
        cwd=log.parent, stdout=stack.enter_context(log.open("wb")), stderr=subprocess.STDOUT)
    stack.callback(child.wait, 10)
    stack.callback(child.kill)
    return child


def wait_for(log: Path, words: str, count: int = 1, seconds: float = 40) -> str:
    deadline = time.monotonic() + seconds
    while (text := log.read_text(errors="replace")).count(words) < count:
        assert time.monotonic() < deadline, f"'{words}' never came:\n{text[-2000:]}"
        time.sleep(0.1)
    return text


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        log = tmp_path / "scheduler.log"
        dask_program(stack, log, "scheduler", "--host", "127.0.0.1", "--port", "0", *QUIET)
        line = next(line for line in wait_for(log, "Scheduler at:").splitlines() if "Scheduler at:" in line)
        address = line.split()[-1]
        workers = [dask_program(stack, tmp_path / f"worker-{number}.log", "worker", address, "--host", "127.0.0.1",
                                "--nthreads", "1", "--no-nanny", *QUIET) for number in range(2)]
        wait_for(log, "Register worker", 2)
        yield Cluster(address, workers)


@pytest.mark.timeout(180)
def test_the_same_results_in_the_same_order_though_a_worker_dies(cluster: Cluster) -> None:
    file = HOUSE / "cuesheets" / "corner-shop.yaml"
    sheet = sheet_reader.read(file.read_text(encoding="utf-8"), file.name, CONFIGS)
    tasks, _, _ = sweep.tasks(sheet, ("gone", "flapping"), 40)
    found = []
    for outcome in sweep.sweep(sheet, tasks, MINUTES_NS, dask(cluster.address, 2)):
        found.append(outcome)
        if len(found) == 3:
            cluster.workers[0].send_signal(signal.SIGKILL)
    assert cluster.workers[0].wait(10) == -signal.SIGKILL
    assert cluster.workers[1].poll() is None
    assert found == list(sweep.sweep(sheet, tasks, MINUTES_NS))


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("showctl_sim.dask_pool.CONNECT_S", 1)
    with pytest.raises(DriverError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1:"):
        list(dask("tcp://127.0.0.1:1")(abs, [1]))


def test_without_the_extra_one_line_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'showctl\[dask\]'"):
        dask("tcp://127.0.0.1:8786")
