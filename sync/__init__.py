"""Two-way sync between a Staff Member's schedule and one Outlook calendar."""

#: The one place of the version; `CHANGELOG.md` begins with it.
__version__ = "1.1.0"
