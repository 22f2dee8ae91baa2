"""Messages: every SDK's way to write a chat down, read as ours."""
