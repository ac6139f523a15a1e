"""A JACK server that dies: python-rtmidi hides it, libjack tells. A file of its own: no other server may be up then."""

import time

import pytest

from showctl.model import Lost
from showctl_drivers import midi
from tests.boxes import until
from tests.peers.jack import jack_process
from tests.peers.test_jack_midi import Mixer

pytestmark = pytest.mark.peers


async def test_a_jack_server_that_dies_is_noticed(tmp_path):
    """python-rtmidi goes on listing its ports and taking messages; libjack tells. Well within the grace of 5 s."""
    told = []
    with jack_process(tmp_path / "jackd.log") as server:
        peer = Mixer()
        async with midi.connect(midi.Config(port="Atlas One", api="jack", name="mixer"), told.append) as send:
            server.kill()
            server.wait()
            died_s = time.monotonic()
            await until(lambda: told, 4)
            assert time.monotonic() - died_s < 2
            assert send is not None
        peer.close()
    assert [type(what) for what in told] == [Lost]
    assert "JACK server has gone" in told[0].reason
    with jack_process(tmp_path / "jackd again.log"):
        peer = Mixer()
        async with midi.connect(midi.Config(port="Atlas One", api="jack", name="mixer"), told.append):
            pass
        peer.close()
