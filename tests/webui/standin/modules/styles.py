"""Prompt styles: `prompt` holds the place of the user's text with {prompt}, or is appended."""

from typing import NamedTuple


class PromptStyle(NamedTuple):
    name: str
    prompt: str | None
    negative_prompt: str | None
    path: str | None = None


class StyleDatabase:
    def __init__(self):
        self.styles = {}

    def apply_styles_to_prompt(self, prompt, styles):
        for name in styles:
            text = self.styles[name].prompt if name in self.styles else ""
            if "{prompt}" in text:
                prompt = text.replace("{prompt}", prompt)
            else:
                prompt = ", ".join(part for part in (prompt.strip(), text.strip()) if part)
        return prompt

    def extract_styles_from_prompt(self, prompt, negative_prompt):
        return [], prompt, negative_prompt
