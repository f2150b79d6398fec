"""Adapters of the Host port: diffusers models from disk, and a small random model in memory.

Nothing is imported here; `vxa.hosts.load.load_host` is the front door.
"""
