"""Pages as text: pure functions from view values to HTML, headers and forms. No I/O, no async."""
