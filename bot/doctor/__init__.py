"""The doctor: checks what the bot needs before it is needed, and says of each matter that it is fine or what to do."""
