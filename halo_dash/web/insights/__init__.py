"""Insights as the pages and the command line show them."""
