"""The process of the bot: what it holds, starts and runs until it is stopped."""
