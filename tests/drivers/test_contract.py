"""What every driver promises (drivers/README.md), asked of each module in showctl_drivers and of README's example."""

import ast
import asyncio
import dataclasses
import inspect
import os
import re
import socket
import subprocess
import sys
import types
from pathlib import Path

import pytest

import showctl_drivers
from showctl import driver
from showctl.errors import DriverError, UsageError
from showctl.model import DmxFrame, EdgeFrame, Flush, LevelFrame, Malformed, Reply, Trigger
from showctl_drivers import _sacn_found

FOLDER = Path(showctl_drivers.__file__).parent
README = FOLDER.parent / "README.md"
SHIPPED = sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_"))


def free(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def pseudo_terminal():
    _, near = os.openpty()
    return os.ttyname(near)


PRESENT = {
    "artnet": lambda: {"host": "127.0.0.1", "port": free(), "interface": "127.0.0.71", "sync": True},
    "dmx_usb": lambda: {"port": pseudo_terminal()},
    "midi": lambda: {"port": f"udp://127.0.0.1:{free()}", "udp_listen": f"127.0.0.1:{free()}"},
    "osc": lambda: {"listen": f"127.0.0.1:{free()}", "host": "127.0.0.1", "port": free(), "dmx": "ola"},
    "sacn": lambda: {"interface": "127.0.0.1", "host": ("127.0.0.1",), "port": free(), "sync": 7},
    "serial_line": lambda: {"port": pseudo_terminal()},
    "example": lambda: {"host": "127.0.0.1", "port": free()},
}
"""Driver → settings that open on this machine without any other program."""

ABSENT = {
    "artnet": lambda: {"host": "256.0.0.1"},
    "dmx_usb": lambda: {"port": "/dev/no-such-widget"},
    "gpio": lambda: {"chip": "/dev/no-such-chip", "lines": {"door": 17}},
    "midi": lambda: {"port": "No Such Desk 4711"},
    "mqtt": lambda: {"broker": f"127.0.0.1:{free(socket.SOCK_STREAM)}"},
    "osc": lambda: {"listen": "192.0.2.1:8000"},
    "sacn": lambda: {"interface": "no-such-net0"},
    "serial_line": lambda: {"port": "/dev/no-such-port"},
    "example": lambda: {"host": "256.0.0.1"},
}
"""Driver → settings of a device that is not there."""

UNDERNEATH = {"paho"}
"""Libraries that show through another one's interface: paho's constants are aiomqtt's."""

LEVELS = [("cc", 1, 0), ("cc14", 1, 0), ("nrpn", 1, 0), ("osc", "/a"), ("topic", "a"), (), ("cc", 99), ("?",)]
EDGES = [("note", 1, 0), ("program", 1), ("sysex",), ("osc", "/a"), ("osc", "a"), ("topic", "a/b"), ("topic", "#"),
         ("state", "a"), ("line",), (), ("note",), ("?", None)]
VALUES = [None, True, 0, 5, -1, 2**70, 0.5, float("nan"), 1e300, "text", "\0\n", b"\xff", (), (1, "a"), ((1,),)]
FRAMES = [
    DmxFrame("x", 0, bytes(512)), DmxFrame("x", -1, bytes(512)),
    DmxFrame("x", 99_999, b""), DmxFrame("x", 1, bytes(600)),
    *(LevelFrame("x", address, value, steps) for address in LEVELS
      for value, steps in [(0, 127), (127, 127), (128, 127), (-1, 127)]),
    *(EdgeFrame("x", address, value, 0, expires_ns)
      for address in EDGES for value in VALUES
      for expires_ns in [0, 2_000_000_000]),
    Reply("x", "127.0.0.1:9", "/a", ("b",)), Reply("x", "nobody", "a"), Reply("x", "", ""), Flush("x"),
]


def example():
    """README's driver, as a module."""
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    module = types.ModuleType("showctl_readme_example")
    sys.modules[module.__name__] = module
    exec(compile(code, str(README), "exec"), module.__dict__)
    return module


def load(name):
    return example() if name == "example" else driver.load(name)


ALL = pytest.mark.parametrize("name", [*SHIPPED, "example"])


def test_there_are_drivers_and_each_is_found_by_its_name():
    """CORE 15: `driver: x` is the module showctl_drivers.x."""
    assert {"artnet", "midi", "osc"} <= set(SHIPPED) <= set(driver.names())
    with pytest.raises(UsageError, match="no driver 'dmx'; there are artnet"):
        driver.load("dmx")


@ALL
def test_config_is_a_frozen_dataclass_of_plain_fields(name):
    config = load(name).Config
    fields = dataclasses.fields(config)
    assert config.__dataclass_params__.frozen
    assert [field.name for field in fields[-2:]] == ["name", "inputs"]
    assert [field.default for field in fields[-2:]] == ["", ()]


@ALL
def test_config_says_what_every_key_means(name):
    """The reference of the cue sheet is made from it."""
    config = load(name).Config
    text = inspect.getdoc(config)
    for field in dataclasses.fields(config)[:-2]:
        assert re.search(rf"^\s*{field.name}\s\s+\S", text, re.MULTILINE), f"{field.name} is not explained"


@ALL
async def test_connect_is_an_async_context_manager(name):
    module = load(name)
    settings = (PRESENT.get(name) or ABSENT[name])()
    assert list(inspect.signature(module.connect).parameters) == ["config", "emit"]
    context = module.connect(module.Config(name="x", **settings), print)
    assert hasattr(context, "__aenter__")
    assert hasattr(context, "__aexit__")


@pytest.mark.parametrize("name", SHIPPED)
def test_importing_it_imports_no_third_party_library(name):
    """CORE 15: so that `check` validates every Config on a machine without it."""
    code = (
        "import sys; before = set(sys.modules); "
        f"import showctl_drivers.{name} as module; module.Config.__doc__; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(*sorted(new - set(sys.stdlib_module_names) - {'showctl', 'showctl_drivers'}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [FOLDER.parent, FOLDER.parent.parent]))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


@pytest.mark.parametrize("file", sorted(file.name for file in FOLDER.glob("*.py")))
def test_one_library_a_driver(file):
    """CORE, Walls: import-linter does not see it."""
    libraries = set()
    for node in ast.walk(ast.parse((FOLDER / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            libraries |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            libraries.add((node.module or "").partition(".")[0])
    foreign = libraries - set(sys.stdlib_module_names) - {"showctl", "showctl_drivers"} - UNDERNEATH
    assert len(foreign) <= 1, f"{file} uses {', '.join(sorted(foreign))}"


@ALL
async def test_a_device_that_is_not_there_is_a_driver_error_that_names_it(name):
    """The shell adds the connection's name."""
    module, settings = load(name), ABSENT[name]()
    with pytest.raises(DriverError, match=re.escape(str(next(iter(settings.values()))))):
        async with module.connect(module.Config(name="my box", **settings), print):
            pass


@pytest.mark.parametrize("name", sorted(PRESENT))
async def test_send_never_raises_whatever_it_is_given(name):
    """CORE 4: send never waits; what cannot be sent is told."""
    module, told = load(name), []
    async with module.connect(module.Config(name="x", **PRESENT[name]()), told.append) as send:
        for frame in FRAMES:
            assert send(frame) is None
    for frame in FRAMES:    # the shell may be a moment late
        send(frame)
    assert all(isinstance(note, Malformed) for note in told)
    assert all(note.source == "x" and note.reason.isprintable() for note in told)


@pytest.mark.parametrize("name", [name for name in SHIPPED if isinstance(driver.load(name), driver.Finder)])
async def test_find_ends_soon_and_says_what_a_sheet_may_say(name, monkeypatch):
    """`showctl devices`: each one found is settings of the driver's own Config; or a DriverError says why not."""
    monkeypatch.setattr(_sacn_found, "LISTEN_S", 0.2)      # of 10.5 s
    module = driver.load(name)
    assert inspect.isasyncgenfunction(module.find)
    assert len(inspect.signature(module.find).parameters) == 1
    keys = {field.name for field in dataclasses.fields(module.Config)}
    async with asyncio.timeout(4):
        try:
            found = [each async for each in module.find("127.0.0.1")]
        except DriverError as error:
            assert str(error)    # noqa: PT017 - this machine may have none of it
            return
    for each in found:
        assert each.driver == name
        assert dict(each.settings).keys() <= keys
        assert all(isinstance(text, str) for text in (each.name, *each.notes, *dict(each.settings).values()))


async def test_the_example_of_the_readme_works_both_ways():
    module, told = example(), []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as box:
        box.bind(("127.0.0.1", 0))
        box.settimeout(2)
        settings = module.Config(host="127.0.0.1", port=box.getsockname()[1], name="relay")
        async with module.connect(settings, told.append) as send:
            send(EdgeFrame("relay", ("line",), "ON 1", 0, 1))
            data, peer = box.recvfrom(100)
            box.sendto(b"DONE\n", peer)
            box.sendto(b"\xff", peer)
            for _ in range(100):
                if len(told) < 2:
                    await asyncio.sleep(0.01)
    assert data == b"ON 1"
    assert told[0] == Trigger("relay", "", "DONE")
    assert isinstance(told[1], Malformed)


def test_the_readme_keeps_its_promise_of_35_lines():
    """What one writes: without blank lines, imports and docstrings."""
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    tree = ast.parse(code)
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom):
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not is_text:
                lines.add(node.lineno)
    assert len(lines) <= 35
