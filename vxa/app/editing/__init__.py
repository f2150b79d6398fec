"""Jobs that edit attention: edit a picture by its prompt, invert a real one, paint words by hand.

Nothing is imported here; `vxa.app.editing.studio` runs them.
"""
