"""Outlook through Microsoft Graph, and the sign-in with Microsoft."""
