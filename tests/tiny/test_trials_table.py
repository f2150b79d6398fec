from __future__ import annotations

from vxa.tiny.trials_table import TrialResult, compose_table


def test_losses_are_set_against_the_first_trial_s() -> None:
    results = {
        "the recipe": TrialResult({"two_bound": 0.5}, [1.0, 3.0]),
        "joint": TrialResult({"two_bound": 0.25}, [1.1, 3.1]),
    }
    rows = compose_table("trial", results).splitlines()
    assert rows[0] == "| trial | two bound | loss against the recipe, % |"
    assert rows[1] == "| --- | --- | --- |"
    assert rows[2:] == ["| the recipe | 0.500 | – |", "| joint | 0.250 | +5.00 [+5.00, +5.00] |"]


def test_without_losses_there_is_no_column_of_them() -> None:
    assert compose_table("drawing", {"20 steps": TrialResult({"two_bound": 0.5})}).splitlines() == [
        "| drawing | two bound |",
        "| --- | --- |",
        "| 20 steps | 0.500 |",
    ]
