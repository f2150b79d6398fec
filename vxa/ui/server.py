"""Serve the standalone app on this machine until it is stopped."""

from __future__ import annotations

import logging
import os
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

from vxa.app.example import Example, find_example
from vxa.app.session import Session, make_loader
from vxa.app.shelves import Shelves
from vxa.core.errors import ConfigError, HostError, PictureError
from vxa.engine.host import Host

_log = logging.getLogger(__name__)

_PORTS_TRIED = 20
_SECONDS_BETWEEN_LOOKS = 0.5
OUTPUT_FOLDER = Path("vxa-output")
"""Where the app saves, in the folder it was started from."""
FILES_FOLDER = Path("~/.vxa")
"""Home of the files that may be named by whoever is not at this machine."""


def serve(
    host: str = "127.0.0.1",
    port: int = 7860,
    model: str = "",
    *,
    load: Callable[[str], Host] | None = None,
    open_browser: bool = False,
    ready: Callable[[str], None] | None = None,
    until: threading.Event | None = None,
) -> None:
    """Serve the app until Ctrl-C.

    Args:
        host: Address to listen on; 127.0.0.1 lets only this machine in.
        port: Where to listen, up to 65535; if it is taken, the next free one of twenty; 0 takes any free one.
        model: Model folder, .safetensors file or hub id; blank is the embedded model. Loaded before the page opens.
        load: Gives the model by its name; by default `make_loader`'s.
        open_browser: Show the page in the default browser.
        ready: Told the address once the page answers.
        until: Ends serving when set, as Ctrl-C does.

    Raises:
        ConfigError: If the port is out of range or none is free.
        HostError: If the model cannot be loaded, or gradio is missing.
    """
    free = find_port(host, port)
    if free != port and port:
        _log.warning("Port %d is taken; taking %d instead.", port, free)
    # gradio reads these when it is imported
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        from vxa.app.http.origin import guards, is_for_this_machine
        from vxa.app.http.routes import mount
        from vxa.ui.page import build_page
        from vxa.ui.place import StandalonePlace
    except ModuleNotFoundError as error:
        if error.name != "gradio":
            raise
        raise HostError("gradio to be installed", got=str(error), remedy='Run: pip install "vxa[app]"') from error

    load = load or make_loader()
    session = Session(load, keeps_everything=True)
    session.host(model)
    output_folder, shelves = OUTPUT_FOLDER.resolve(), Shelves(FILES_FOLDER)
    of_page = None if is_for_this_machine(host) else shelves
    place = StandalonePlace(lambda: session, output_folder, model=model, example=_example(), shelves=of_page)
    page = build_page(place)
    app, *_ = page.launch(server_name=host, server_port=free, allowed_paths=[str(output_folder)])
    # a session of its own: however much the API is used, the page keeps what it shows
    programs = Session(load)
    mount(app, lambda: programs, model=model, dependencies=guards(host), shelves=shelves)
    url = f"http://{_reachable(host)}:{free}/"
    try:
        if ready is not None:
            ready(url)
        if open_browser:
            webbrowser.open(url)
        _wait(until or threading.Event())
    except KeyboardInterrupt:
        _log.info("Stopped by Ctrl-C.")
    finally:
        page.blocks.close(verbose=False)


def _example() -> Example | None:
    try:
        return find_example()
    except PictureError as error:
        _log.warning("There will be no Example button. %s", error)
        return None


def find_port(host: str, port: int) -> int:
    """Find the first free port from `port` on.

    Raises:
        ConfigError: If the port is out of range, the address is not this machine's, or twenty ports are taken.
    """
    if not 0 <= port <= 65535:
        raise ConfigError("a port from 0 to 65535", got=port)
    if port == 0:
        return _any_port(host)
    tried = range(port, min(port + _PORTS_TRIED, 65536))
    for candidate in tried:
        if _is_free(host, candidate):
            return candidate
    raise ConfigError(f"a free port from {tried[0]} to {tried[-1]}", got="none", remedy="Name another with --port.")


def _any_port(host: str) -> int:
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_free(host: str, port: int) -> bool:
    with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # a port that was in use a moment ago counts as free, as it does to the server
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            raise ConfigError("an address of this machine", got=repr(host), remedy="Try 127.0.0.1.") from error
        except OSError:
            return False
    return True


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _wait(until: threading.Event) -> None:
    # in short pieces: on Windows a wait without an end cannot be broken by Ctrl-C
    while not until.wait(_SECONDS_BETWEEN_LOOKS):
        pass
