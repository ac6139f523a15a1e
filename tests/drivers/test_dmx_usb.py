"""A pty stands for the box: no USB hardware here. What differs is named where it matters."""

import asyncio
import fcntl
import os
import struct
import termios
import tty

import pytest

from showctl.codec import enttec
from showctl.errors import DriverError
from showctl.model import DmxFrame, EdgeFrame, Flush, LevelFrame, Lost, Malformed
from showctl_drivers import dmx_usb

NUMBER = enttec.encode(enttec.SERIAL, bytes.fromhex("78563412"))
DRIVER = dmx_usb.__name__


def full(level):
    return bytes([level]) * 512


def frame(level, universe=0):
    return DmxFrame("usb", universe, full(level))


class Box:
    """The far end of a pty."""

    def __init__(self):
        self.fd, self.near = os.openpty()
        tty.setraw(self.near)
        os.set_blocking(self.fd, False)
        self.port = os.ttyname(self.near)
        self.buffer = bytearray()
        self.strange = 0
        self._open = True

    def read(self, size=1 << 16):
        """The messages that arrived; what belongs to none is counted."""
        try:
            data = os.read(self.fd, size)
        except BlockingIOError:
            return []
        found, strange = enttec.split(self.buffer, data)
        self.strange += strange
        return found

    async def messages(self, count, *labels):
        """The next ``count`` messages with one of these labels, while the loop runs."""
        found = []
        async with asyncio.timeout(3):
            while len(found) < count:
                found += [message for message in self.read() if not labels or message.label in labels]
                await asyncio.sleep(0.001)
        return found

    async def levels(self, count):
        """The first slot of the next ``count`` universes."""
        return [message.data[1] for message in await self.messages(count, enttec.SEND_DMX)]

    async def rest(self):
        """Everything until nothing more comes for 50 ms."""
        found, quiet = [], 0
        while quiet < 25:
            messages = self.read()
            found += [message.data[1] for message in messages if message.label == enttec.SEND_DMX]
            quiet = 0 if messages or (self.buffer and quiet < 5) else quiet + 1
            await asyncio.sleep(0.002)
        return found

    def say(self, data):
        os.write(self.fd, data)

    def soon(self, data):
        """Say it once the driver has asked: what came before is thrown away when a port is opened."""
        asyncio.get_running_loop().call_later(0.02, self.say, data)

    def unplug(self):
        if self._open:
            self._open = False
            os.close(self.near)
            os.close(self.fd)


@pytest.fixture
def box():
    box = Box()
    yield box
    box.unplug()


def config(box, **settings):
    return dmx_usb.Config(box.port, name="usb", **settings)


async def until(true, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.002)


async def test_it_asks_who_is_there_and_sends_at_once(box):
    async with dmx_usb.connect(config(box), print) as send:
        send(frame(7))
        messages = await box.messages(3)
    assert messages == [
        enttec.Message(3, b"\0\0"), enttec.Message(10, b""), enttec.Message(6, b"\0" + full(7))]


async def test_nothing_is_sent_before_the_first_look(box):
    """SEMANTICS 16: and blackout at the end darkens only what we lit."""
    async with dmx_usb.connect(config(box, exit="blackout", keep_alive="100 ms"), print):
        await asyncio.sleep(0.15)
    assert [message.label for message in await box.messages(2)] == [3, 10]
    assert await box.rest() == []


async def test_a_still_universe_is_sent_again(box):
    async with dmx_usb.connect(config(box, keep_alive="100 ms"), print) as send:
        send(frame(9))
        assert await box.levels(4) == [9, 9, 9, 9]


async def test_a_still_universe_waits_no_longer_than_it_says(box):
    """The period counts from the last frame, wherever that fell."""
    loop = asyncio.get_running_loop()
    async with dmx_usb.connect(config(box, keep_alive="400 ms"), print) as send:
        await asyncio.sleep(0.08)
        send(frame(9))
        assert await box.levels(1) == [9]
        sent_at = loop.time()
        assert await box.levels(1) == [9]
    assert 0.3 < loop.time() - sent_at < 0.6


async def test_a_slower_rate_thins_and_the_last_is_always_sent(box):
    """SEMANTICS 28: `rate` per output; DESIGN §3: the last level is always sent."""
    async with dmx_usb.connect(config(box, rate="10 Hz"), print) as send:
        for level in range(50):
            send(frame(level))
        assert await box.levels(2) == [0, 49]


@pytest.mark.parametrize(("how", "left"), [("keep", [1, 2]), ("blackout", [1, 0])])
async def test_the_end_is_as_exit_says(box, how, left):
    """SEMANTICS 16; what waited for the rate is sent first, or replaced by darkness."""
    async with dmx_usb.connect(config(box, exit=how, rate="1 Hz"), print) as send:
        send(frame(1))
        send(frame(2))
    assert await box.levels(2) == left


async def test_a_slow_box_gets_whole_frames_and_the_newest(box):
    """Law 7: what the port does not take is replaced, never queued; a message under way is finished."""
    told = []
    async with dmx_usb.connect(config(box), told.append) as send:
        for level in range(250):
            send(frame(level))
            await asyncio.sleep(0)
        taken = await box.rest()
    assert box.strange == 0
    assert len(taken) < 60
    assert taken == sorted(taken)
    assert taken[-1] == 249
    assert told == []


async def test_a_box_that_reads_a_little_at_a_time_gets_the_newest_each_time(box):
    async with dmx_usb.connect(config(box), print) as send:
        for level in range(200):
            send(frame(level))
        seen = []
        for level in range(200, 240):
            for _ in range(40):
                seen += [message.data[1] for message in box.read(100) if message.label == enttec.SEND_DMX]
                await asyncio.sleep(0)
            send(frame(level))
        seen += await box.rest()
    assert box.strange == 0
    assert seen == sorted(seen)
    assert seen[-1] == 239


async def test_the_port_is_asked_what_it_still_holds(box, monkeypatch):
    """A fake answer of the kernel, for a pty always says it holds nothing; a real port holds some frames."""
    held = [400]
    ioctl = fcntl.ioctl

    def answer(fd, request, argument=0):
        return struct.pack("i", held[0]) if request == termios.TIOCOUTQ else ioctl(fd, request, argument)

    monkeypatch.setattr(f"{DRIVER}.fcntl.ioctl", answer)
    async with dmx_usb.connect(config(box), print) as send:
        for level in range(1, 100):
            send(frame(level))
        assert [message.label for message in await box.messages(2)] == [3, 10]
        await asyncio.sleep(0.02)
        assert box.read() == []
        held[0] = 0
        assert await box.levels(1) == [99]


async def test_a_port_that_takes_nothing_is_opened_anew(box, monkeypatch):
    monkeypatch.setattr(f"{DRIVER}.STUCK_S", 0.15)
    monkeypatch.setattr(f"{DRIVER}.CLOSE_S", 0.05)
    told = []
    async with dmx_usb.connect(config(box, keep_alive="100 ms"), told.append) as send:
        for level in range(250):
            send(frame(level))
        await until(lambda: told)
        send(frame(1))
    assert [type(note) for note in told] == [Lost]
    assert f"{box.port}: it has taken nothing for 0.15 s" in told[0].reason


async def test_closing_waits_for_a_stuck_port_only_so_long(box, monkeypatch):
    monkeypatch.setattr(f"{DRIVER}.CLOSE_S", 0.05)
    async with dmx_usb.connect(config(box), print) as send:
        for level in range(250):
            send(frame(level))
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 1


async def test_an_unplugged_box_is_lost_once_and_the_loop_rests(box, monkeypatch):
    told, reads, read = [], [], os.read
    monkeypatch.setattr(f"{DRIVER}.os.read", lambda fd, size: reads.append(fd) or read(fd, size))
    async with dmx_usb.connect(config(box, exit="blackout"), told.append) as send:
        box.unplug()
        await until(lambda: told)
        await asyncio.sleep(0.03)    # a reader left in place would fire all this time
        send(frame(1))
    assert len(reads) <= 2
    assert [type(note) for note in told] == [Lost]
    assert box.port in told[0].reason


async def test_half_a_frame_at_unplug_is_forgotten(box):
    """A box plugged in again hears a whole message first, and the newest frame."""
    told = []
    async with dmx_usb.connect(config(box), told.append) as send:
        for level in range(250):
            send(frame(level))
        await until(lambda: box.read(300))
        box.unplug()
        await until(lambda: told)
    again = Box()
    try:
        async with dmx_usb.connect(config(again), told.append) as send:
            send(frame(251))
            messages = await again.messages(3)
    finally:
        again.unplug()
    assert [message.label for message in messages] == [3, 10, 6]
    assert messages[-1].data == b"\0" + full(251)
    assert again.strange == 0
    assert [type(note) for note in told] == [Lost]


async def test_the_box_that_is_meant_is_let_in(box):
    box.soon(enttec.encode(3, bytes([44, 1, 9, 1, 40])) + NUMBER)
    async with dmx_usb.connect(config(box, serial="12345678"), print) as send:
        send(frame(1))
        assert await box.levels(1) == [1]


@pytest.mark.parametrize(("answer", "words"), [
    (NUMBER, "is number 12345678, not 87654321"),
    (enttec.encode(10, b"\xff\xff\xff\xff"), "is number unknown, not 87654321"),
    (b"", "does not tell its number"),
    (b"seat=1\r\n", "does not tell its number"),
])
async def test_another_box_is_refused_by_its_number(box, answer, words, monkeypatch):
    monkeypatch.setattr(f"{DRIVER}.ANSWER_S", 0.1)
    box.soon(answer)
    with pytest.raises(DriverError, match=f"{box.port}.*{words}"):
        async with dmx_usb.connect(config(box, serial="87654321"), lambda _: None):
            pass


@pytest.mark.parametrize("answer", [b"", NUMBER, enttec.encode(10, b"x"), enttec.encode(5, b"\0" + full(1)),
                                    enttec.encode(99, bytes(600))])
async def test_a_clone_that_answers_oddly_or_not_at_all_is_welcome(box, answer):
    told = []
    async with dmx_usb.connect(config(box), told.append) as send:
        box.say(answer or b"\x7e")
        await asyncio.sleep(0.01)
        send(frame(4))
        assert await box.levels(1) == [4]
    assert told == []


async def test_something_else_on_the_port_is_told_once(box):
    told = []
    async with dmx_usb.connect(config(box), told.append):
        for _ in range(20):
            box.say(b"seat=1 temp=21.5\r\n" * 100)
            await asyncio.sleep(0.002)
    assert [type(note) for note in told] == [Malformed]
    assert f"what speaks on {box.port} is no DMX USB Pro" in told[0].reason


async def test_what_a_box_cannot_carry_is_told_and_not_a_thousand_times(box):
    told = []
    async with dmx_usb.connect(config(box, universe=2), told.append) as send:
        for _ in range(500):
            send(frame(1, universe=0))
        send(LevelFrame("usb", ("cc", 1, 0), 1, 127))
        send(EdgeFrame("usb", ("line",), "x", 0, 1))
        send(DmxFrame("usb", 2, bytes(513)))
        send(Flush("usb"))
        send(frame(5, universe=2))
        assert await box.levels(1) == [5]
    assert [note.reason.partition(";")[0] for note in told] == ["this box carries universe 2, not 0"]


async def test_it_finds_what_calls_itself_dmx(monkeypatch):
    """A fake list of ports: `showctl devices` opens none of them."""
    listed = [("/dev/serial/by-id/usb-ENTTEC_DMX_USB_PRO_EN1-if00-port0", "ENTTEC DMX USB PRO /dev/ttyUSB0"),
              ("/dev/ttyUSB1", "FTDI DMX King ultraDMX"), ("/dev/ttyACM0", "Arduino Uno")]
    monkeypatch.setattr(f"{DRIVER}.ports", lambda: iter(listed))
    found = [(each.driver, *each.settings, each.name) async for each in dmx_usb.find("127.0.0.1")]
    assert found == [("dmx_usb", ("port", path), words) for path, words in listed[:2]]


async def test_an_absent_or_busy_port_is_named(box):
    with pytest.raises(DriverError, match=r"/dev/no-such-widget.*plugged in"):
        async with dmx_usb.connect(dmx_usb.Config("/dev/no-such-widget"), print):
            pass
    async with dmx_usb.connect(config(box), print):
        with pytest.raises(DriverError, match=f"{box.port}.*free"):
            async with dmx_usb.connect(config(box), print):
                pass


@pytest.mark.parametrize(("settings", "words"), [
    ({"port": ""}, "port is a device"), ({"universe": 64000}, "0 to 63999"), ({"universe": -1}, "0 to 63999"),
    ({"serial": "EN1234"}, "eight digits"), ({"baud": 0}, "50 to 4000000"), ({"rate": "45 Hz"}, "1 Hz to 44 Hz"),
    ({"rate": "fast"}, "not a rate"), ({"keep_alive": "5 s"}, "100 ms to 4 s"), ({"keep_alive": "x"}, "keep-alive"),
    ({"exit": "stop"}, "keep or blackout"),
])
def test_a_setting_out_of_range_says_what_to_write(settings, words):
    with pytest.raises(ValueError, match=words):
        dmx_usb.Config(**{"port": "/dev/x", **settings})
