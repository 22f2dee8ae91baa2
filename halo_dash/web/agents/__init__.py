"""Agents: the list of them, and the workspace of one. From figures to what templates show; pure."""
