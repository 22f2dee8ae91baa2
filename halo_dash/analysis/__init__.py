"""The analysis engine: a recursive language model reads traces through code and proves what it says."""
