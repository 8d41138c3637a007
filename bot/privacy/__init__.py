"""What is kept of people and servers: disclosed, exported, forgotten."""
