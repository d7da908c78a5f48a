"""Who may sync and how they come to it (sections 2 to 5, 10); knows nothing of what is synced."""
