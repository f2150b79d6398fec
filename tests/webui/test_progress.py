from __future__ import annotations

import pytest

from tests.webui.standin.replay import Webui
from vxa.core.errors import InterruptedRunError


def test_the_webui_shows_a_run_and_is_idle_afterwards(webui: Webui) -> None:
    from vxa.webui.progress import announced, told_to_webui

    state, told = webui.shared.state, []
    with pytest.raises(RuntimeError, match="stop"), announced("VXA"):
        assert state.job == "VXA"
        told_to_webui(lambda *step: told.append(step))(1, 4, "looking")
        assert (state.job_count, state.sampling_step, state.sampling_steps, state.textinfo) == (1, 1, 4, "looking")
        state.interrupted = True
        raise RuntimeError("stop")
    assert told == [(1, 4, "looking")]
    assert (state.job, state.job_count, state.sampling_steps, state.textinfo) == ("", 0, 0, None)
    assert not state.interrupted


@pytest.mark.parametrize("button", ["interrupt", "skip", "stop_generating"])
def test_the_webuis_buttons_stop_a_run(webui: Webui, button: str) -> None:
    from vxa.webui.progress import announced, stop_if_interrupted, told_to_webui

    with announced("VXA"):
        stop_if_interrupted()
        getattr(webui.shared.state, button)()
        with pytest.raises(InterruptedRunError):
            stop_if_interrupted()
        with pytest.raises(InterruptedRunError):
            told_to_webui(lambda *step: pytest.fail("told after the interrupt"))(1, 2, "looking")
    stop_if_interrupted()
