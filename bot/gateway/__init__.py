"""What several processes of the bot share at Discord: the shards, the turns to identify, and the calls of a second."""
