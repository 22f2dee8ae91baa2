"""The way to a model; the only room that imports `openai`."""
