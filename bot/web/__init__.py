"""What the bot answers on the internet."""
