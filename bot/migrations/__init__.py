"""How the tables came to be, one step a file. Run by ``bot.migrations.migrate``."""
