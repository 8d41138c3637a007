"""What the bot does, whether or not anybody is looking."""
