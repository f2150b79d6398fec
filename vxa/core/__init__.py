"""Pure tensors and text: sizes, tokens, maps, thresholds, errors. Imports nothing else of the package."""
