"""The two ways in which a simulator says no to a person or a test."""


class ControlError(ValueError):
    """What was asked of a control endpoint makes no sense; answered as 400 with the message."""


class Refused(Exception):  # noqa: N818 - the product refuses, nothing went wrong
    """A simulated product refuses; `status` is how HTTP says it."""

    status: int
