"""The analysis engine: a recursive language model reads traces through code and tools, and proves what it says."""
