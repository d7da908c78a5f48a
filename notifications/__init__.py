"""Messages to people (section 9): what they say, and how they are sent once."""
