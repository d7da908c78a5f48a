"""What all simulators are made of: faults, clock, control door, pages, and how they listen.

It knows no simulated product; whatever only one of them needs lives there.
"""
