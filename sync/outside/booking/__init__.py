"""The booking product: its API, its webhooks and its log-in."""
