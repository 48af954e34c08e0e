"""How the app is let in: consent, tokens, and the organisations behind them."""
