import pytest

from showctl.codec import endpoint


@pytest.mark.parametrize(("text", "pair"), [
    ("127.0.0.1:8000", ("127.0.0.1", 8000)),
    (" foh.local:1 ", ("foh.local", 1)),
    ("[::1]:65535", ("::1", 65535)),
])
def test_host_and_port(text, pair):
    assert endpoint.parse(text) == pair
    assert endpoint.parse(endpoint.text(*pair)) == pair


@pytest.mark.parametrize("text", [
    "", "8000", ":8000", "host:", "host:0", "host:65536", "host:8 000", "host:-1", "host:٣", "h:" + "9" * 5000,
])
def test_anything_else_says_what_to_write(text):
    with pytest.raises(ValueError, match=r"write for example 127.0.0.1:8000"):
        endpoint.parse(text)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range(port):
    with pytest.raises(ValueError, match="1 to 65535"):
        endpoint.check_port(port)
