"""The page as the other browser tests have it."""

from tests.ui.test_browser import folder, open_browser, picture_file, release, url

__all__ = ["folder", "open_browser", "picture_file", "release", "url"]
