"""The settings of the host's own look and place (R12.8): each may be left empty."""

HOST_LOOK = (
    "HOST_NAME",
    "HOST_LOGO_URL",
    "HOST_COLOUR",
    "SUPPORT_URL",
    "RETURN_URL",
    "FRAME_ANCESTORS",
)
