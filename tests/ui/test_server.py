from __future__ import annotations

import socket
import threading
import urllib.request

import pytest

from vxa.core.errors import ConfigError, HostError
from vxa.engine.host import Host
from vxa.ui.server import find_port, serve


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_gives_way_to_the_next(taken: int) -> None:
    assert taken < find_port("127.0.0.1", taken) < taken + 20


def test_zero_takes_any_port() -> None:
    assert find_port("127.0.0.1", 0) > 0


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", -1), ("127.0.0.1", 70000), ("no.such.host.invalid", 7860)])
def test_an_impossible_address_is_an_error(host: str, port: int) -> None:
    with pytest.raises(ConfigError):
        find_port(host, port)


def test_a_model_that_cannot_be_loaded_is_told_before_the_page_opens() -> None:
    def load(model: str) -> Host:
        raise HostError("a model", got=model)

    with pytest.raises(HostError, match="got nowhere"):
        serve(port=0, model="nowhere", load=load, ready=lambda url: pytest.fail("served all the same"))


def test_the_page_answers_until_it_is_stopped(host: Host, taken: int, caplog, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    until, answers = threading.Event(), []

    def ready(url: str) -> None:
        with urllib.request.urlopen(url, timeout=30) as answer:
            answers.append((url, answer.status, answer.read().decode()))
        until.set()

    serve(port=taken, load=lambda _: host, ready=ready, until=until)
    url, status, text = answers[0]
    assert status == 200 and "VXA" in text
    assert url != f"http://127.0.0.1:{taken}/"
    assert f"Port {taken} is taken" in caplog.text
    with pytest.raises(OSError):
        urllib.request.urlopen(url, timeout=2)
    assert not list(tmp_path.iterdir()), "nothing is written before Save"
