"""The page people work with: one gradio tab, shared by the standalone app and the webui.

Knows gradio and the jobs; never a model, and nothing of the webui. Nothing is imported here, so that `import vxa` needs
no gradio.
"""
