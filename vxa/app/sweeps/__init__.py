"""Run a job over lists of values of its settings, as one sheet and one table.

Nothing is imported here; `vxa.app.sweeps.run` does it.
"""
