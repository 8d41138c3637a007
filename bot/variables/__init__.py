"""What is said about the variables of the settings: names that were misspelt, and values that are wrong."""
