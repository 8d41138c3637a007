"""The models: their options and prices, and how an operator changes them."""
