"""Jobs, what they give, and the command line.

Nothing is imported here; `vxa.app.api` holds the two functions most users need.
"""
