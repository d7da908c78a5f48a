"""A simulated booking product."""

from simulators.booking.seed import Practice, seed_practice
from simulators.booking.simulator import BookingSimulator

__all__ = ["BookingSimulator", "Practice", "seed_practice"]
