"""All of the bot that does not need Discord's user interface: jobs, money, pictures, rules, ToAPIs."""
