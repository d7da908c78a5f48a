"""Texts of ``link-…`` rows as release 1.0 wrote them: one for each state."""

_INTERVAL = '"interval":{"start":"2026-12-01T09:00:00Z","end":"2026-12-01T10:00:00Z"}'

LINKED = (
    '{"booking_id":"item-1","booking_version":"3","content":"f1","generation":"",' + _INTERVAL + ","
    '"key":"b-item-1","leftover":null,"origin":"booking","outlook_etag":"W/\\"e1\\"",'
    '"outlook_id":"event-1","reason":null,"seen_at":"2026-11-20T07:30:00Z","series_id":null,'
    '"state":"linked","told":null,"tries":0,"unseen":true}'
)
MEETING = (
    '{"booking_id":"reserve-2","booking_version":"1","content":"f2","generation":"g",'
    + _INTERVAL
    + ',"key":"o-2","leftover":null,"origin":"outlook","outlook_etag":"W/\\"e2\\"",'
    '"outlook_id":"event-2","reason":null,"seen_at":null,"series_id":"series-2",'
    '"state":"linked","told":"told-2","tries":0,"unseen":false}'
)
CREATING = (
    '{"booking_id":"item-3","booking_version":"1","content":"f3","generation":"g3",'
    + _INTERVAL
    + ',"key":"b-item-3","leftover":"event-left","origin":"booking","outlook_etag":null,'
    '"outlook_id":null,"reason":null,"seen_at":"2026-11-20T07:30:00Z","series_id":null,'
    '"state":"creating","told":null,"tries":1,"unseen":false}'
)
WAITING = (
    '{"booking_id":null,"booking_version":null,"content":"","generation":"",' + _INTERVAL + ","
    '"key":"o-4","leftover":null,"origin":"outlook","outlook_etag":"W/\\"e4\\"",'
    '"outlook_id":"event-4","reason":"slot_taken","seen_at":"2026-11-20T07:30:00Z",'
    '"series_id":null,"state":"waiting","told":"state-4","tries":2,"unseen":false}'
)
PARKED = WAITING.replace("waiting", "parked").replace('-4"', '-5"').replace("slot_taken", "bad")
UPCOMING = WAITING.replace("waiting", "upcoming").replace('-4"', '-6"')
DETACHED = WAITING.replace("waiting", "detached").replace('-4"', '-7"')
ENDED = LINKED.replace('"linked"', '"ended"').replace('-1"', '-8"')
HALF = LINKED.replace('"event-1"', "null").replace('-1"', '-9"')

RELEASED_LINKS = (LINKED, MEETING, CREATING, WAITING, PARKED, UPCOMING, DETACHED, ENDED, HALF)
