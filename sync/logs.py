"""What libraries may log (R7.3): the worker sets the root logger to INFO and exports all of it."""

import logging

#: At INFO these tell each call, with addresses, keys and the tokens of change feeds in them; the
#: storage's client also tells each upload of such lines, and so makes the next ones.
LIBRARIES = (
    "azure",
    "h2",
    "hpack",
    "httpcore",
    "httpx",
    "kiota_abstractions",
    "kiota_http",
    "msal",
    "msgraph",
    "msgraph_core",
    "urllib3",
)


def keep_libraries_quiet() -> None:
    """Lets libraries log warnings and worse only, whatever the root logger is set to."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
