"""A simulated mail service that keeps what it is given, and shows it."""

from simulators.mailbox.simulator import MailboxSimulator

__all__ = ["MailboxSimulator"]
