"""Two-way sync between a Staff Member's schedule and one Outlook calendar."""
