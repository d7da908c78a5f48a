"""The queues that jobs travel in."""
