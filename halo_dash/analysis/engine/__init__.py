"""The engine: agents that read traces turn by turn, within a budget, and survive whatever ends them."""
