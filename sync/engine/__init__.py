"""Two calendars of one person are kept the same; whose they are, and who may, lives elsewhere."""
