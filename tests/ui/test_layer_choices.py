from __future__ import annotations

from vxa.app.jobs import VisualizeJob
from vxa.app.layers import choose_sites
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.ui.layer_choices import OWN, layer_choices, layer_name


def test_every_line_is_something_a_job_understands(host: Host) -> None:
    size = Grid(48, 100)
    latent = size.padded(host.info.size_multiple).divided(host.info.downscale)
    lines = layer_choices(host, size)
    assert lines[0] == OWN
    for line in lines[1:]:
        job = VisualizeJob(prompt="a", layers=layer_name(line))
        chosen = choose_sites(job, host.sites, latent)
        if "layer" in line:
            assert len(chosen) == int(line.split(" · ")[1].split()[0])
        else:
            assert [site.address for site in chosen] == [layer_name(line)]
            assert line.endswith(str(latent.level(chosen[0].level)))


def test_every_cross_layer_is_listed_in_order(host: Host) -> None:
    named = [layer_name(line) for line in layer_choices(host) if ".cross" in line]
    assert named == [site.address for site in host.sites.cross]


def test_what_was_typed_stays() -> None:
    assert layer_name("up, middle") == "up, middle"
    assert layer_name(OWN) == layer_name("") == ""
