"""How long, how large and how many: where every call to the outside ends (R11.11).

Each is read as ``limits.NAME`` at the moment of use.
"""

#: Seconds for one call as a whole, repeats and body included, however slowly it drips.
DEADLINE = 60.0
#: Bytes of one answer, unpacked.
SIZE = 32 * 1024 * 1024
#: Pages of one listing or one reading of a feed; a very full calendar has a few dozen.
PAGES = 1000
