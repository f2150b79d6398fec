"""VXA as an extension of the webui: the only part that knows `modules.*`.

Written against A1111 v1.10.1. Nothing is imported here, and nothing in here touches the model before somebody asks for
it: neither loading the extension nor building the page waits for a checkpoint.
"""
