"""Run by the webui at start and again at every Reload UI, while the package stays imported."""

from vxa.webui.register import register

register()
