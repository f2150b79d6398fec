from __future__ import annotations

from typing import Any

import pytest

from tests.webui.standin.replay import Webui


@pytest.fixture
def heard(webui: Webui) -> list[list[str]]:
    """What a LoRA-like network is told at each activation; like the real one it adds to the lists it is given."""
    calls: list[list[str]] = []

    class Network(webui.extra_networks.ExtraNetwork):
        def activate(self, p: Any, params_list: list[Any]) -> None:
            assert p.all_prompts == [""]
            calls.append([":".join(params.items) for params in params_list])
            params_list.append("added by the settings")

        def deactivate(self, p: Any) -> None:
            calls.append(["off"])

    webui.extra_networks.register_extra_network(Network("lora"))
    return calls


def parse(webui: Webui, prompt: str) -> Any:
    return webui.extra_networks.parse_prompt(prompt)[1]


def test_all_prompts_of_a_run_have_their_networks_at_once(webui: Webui, heard: list[list[str]]) -> None:
    from vxa.webui.networks import Networks

    networks = Networks()
    networks.activate([parse(webui, "<lora:a:1>"), parse(webui, "a hat"), parse(webui, "<lora:b:0.5><lora:a:1>")])
    networks.activate([parse(webui, "<lora:c:1>")])
    assert heard == [["a:1", "b:0.5"], ["a:1", "b:0.5", "c:1"]]


def test_afterwards_none_is_on(webui: Webui, heard: list[list[str]]) -> None:
    from vxa.webui.networks import Networks

    networks = Networks()
    networks.activate([parse(webui, "<lora:a:1>")])
    networks.release()
    assert heard == [["a:1"], ["off"], []]
    networks.activate([{}])
    assert heard[-1] == [], "the last run's are forgotten"


def test_a_prompt_without_networks_switches_off_what_was_left_on_and_no_more(
    webui: Webui, model: Any, heard: list[list[str]]
) -> None:
    from vxa.webui.networks import Networks

    networks = Networks()
    networks.activate([{}])
    networks.release()
    assert heard == [[]]
    assert not webui.failures
