"""Two calendars of one person are kept the same (SPEC 6 to 8, 11); whose they are lives elsewhere."""
