"""The models: what each takes, what it costs, and how an operator changes that."""
