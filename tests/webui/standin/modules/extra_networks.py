"""`<name:arguments>` in a prompt, such as LoRAs: parsed, activated, deactivated."""

import re
from collections import defaultdict

from modules import errors

extra_network_registry = {}
extra_network_aliases = {}

re_extra_net = re.compile(r"<(\w+):([^>]+)>")


def initialize():
    extra_network_registry.clear()
    extra_network_aliases.clear()


def register_extra_network(extra_network):
    extra_network_registry[extra_network.name] = extra_network


class ExtraNetworkParams:
    def __init__(self, items=None):
        self.items = items or []
        pairs = [item.split("=", 2) for item in self.items]
        self.named = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
        self.positional = [item for item, pair in zip(self.items, pairs, strict=True) if len(pair) != 2]

    def __eq__(self, other):
        return self.items == other.items


class ExtraNetwork:
    def __init__(self, name):
        self.name = name

    def activate(self, p, params_list):
        raise NotImplementedError

    def deactivate(self, p):
        raise NotImplementedError


def parse_prompt(prompt):
    found = defaultdict(list)
    for name, arguments in re_extra_net.findall(prompt):
        found[name].append(ExtraNetworkParams(items=arguments.split(":")))
    return re_extra_net.sub("", prompt), found


def parse_prompts(prompts):
    parsed = [parse_prompt(prompt) for prompt in prompts]
    return [text for text, _ in parsed], parsed[0][1] if parsed else None


def _try(action, task):
    try:
        action()
    except Exception as error:  # noqa: BLE001 (as in the webui)
        errors.display(error, task)


def activate(p, extra_network_data):
    # every registered network is told, the unmentioned ones with no arguments
    for name, network in extra_network_registry.items():
        _try(lambda n=network, k=name: n.activate(p, extra_network_data.get(k, [])), f"activating {name}")
    if p.scripts is not None:
        p.scripts.after_extra_networks_activate(
            p,
            batch_number=p.iteration,
            prompts=p.prompts,
            seeds=p.seeds,
            subseeds=p.subseeds,
            extra_network_data=extra_network_data,
        )


def deactivate(p, extra_network_data):
    for name, network in extra_network_registry.items():
        _try(lambda n=network: n.deactivate(p), f"deactivating {name}")
