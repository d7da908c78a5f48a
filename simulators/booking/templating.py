"""The booking product's pages, which its log-in shows too."""

from pathlib import Path

from simulators.common.pages import Pages

FOLDER = Path(__file__).parent
render = Pages(FOLDER).render
