"""The control door of the calendars: what people do in Outlook, and what goes wrong.

docs/simulators.md lists the paths.
"""

from datetime import UTC, datetime
from typing import Any

from simulators.common.control import Act, Asked, Created, read_instant, usual_acts
from simulators.microsoft365.acts import Acts
from simulators.microsoft365.graph import GraphService
from simulators.microsoft365.seed import seed_calendars


class GraphControl:
    """Drives the calendar service from outside.

    Args:
        service: The service, with its mailboxes and switches.
        acts: What people do in Outlook.
    """

    def __init__(self, service: GraphService, acts: Acts) -> None:
        self._service = service
        self._state = service.state
        self._faults = service.faults
        self._acts = acts

    def acts(self) -> dict[str, Act]:
        """Give every act by method and path."""
        user = "/users/{address}"
        return usual_acts(
            reset=self._service.reset, log=self._state.requests, clock=self._state.clock
        ) | {
            "GET /users": lambda _: list(self._state.users.values()),
            "POST /users": self._add_user,
            f"GET {user}": lambda asked: self._acts.mailbox(asked.path["address"]),
            "PUT /tokens/{token}": self._add_token,
            "DELETE /tokens/{token}": self._remove_token,
            f"POST {user}/calendars": self._add_calendar,
            f"POST {user}/calendar-acts": self._calendar_act,
            f"POST {user}/events": self._create_event,
            f"POST {user}/odd": self._serve_odd,
            f"POST {user}/move": self._move_mailbox,
            f"PUT {user}/lag": self._set_lag,
            "POST /acts": self._act,
            "GET /faults": lambda _: self._faults.listed(),
            "PUT /faults": self._set_faults,
            "POST /faults": self._add_faults,
            "DELETE /faults": self._clear_faults,
            "GET /subscriptions": self._subscriptions,
            "POST /subscriptions/{id}/lifecycle": self._lifecycle,
            "POST /delta-tokens/forget": lambda _: self._service.delta.forget(),
            "GET /mails": lambda _: self._state.mails,
            "POST /seed": self._seed,
        }

    def _add_user(self, asked: Asked) -> Created:
        body = asked.body
        user = self._state.add_user(
            body["address"],
            body["name"],
            time_zone=body.get("time_zone", "UTC"),
            user_id=body.get("user_id"),
        )
        return Created(user)

    def _add_token(self, asked: Asked) -> None:
        self._state.tokens[asked.path["token"]] = self._acts.user(asked.body["user"]).user_id

    def _remove_token(self, asked: Asked) -> None:
        self._state.tokens.pop(asked.path["token"], None)

    def _add_calendar(self, asked: Asked) -> Created:
        name, read_only = asked.body["name"], asked.body.get("read_only", False)
        made = self._acts.add_calendar(asked.path["address"], name, read_only=read_only)
        return Created({"id": made})

    def _calendar_act(self, asked: Asked) -> dict[str, str] | None:
        address, body = asked.path["address"], asked.body
        calendar = body.get("calendar")
        match body["act"]:
            case "delete":
                self._acts.delete_calendar(address, str(calendar))
            case "share":
                role = body.get("role", "read")
                return {"id": self._acts.share_calendar(address, calendar, body["to"], role)}
            case "renew_id":
                return {"id": self._acts.renew_calendar_id(address, calendar)}
            case "rename":
                self._state.rename_calendar(self._acts.calendar(address, calendar), body["name"])
            case other:
                raise KeyError(other)
        return None

    def _create_event(self, asked: Asked) -> Created:
        made = self._acts.create(
            asked.path["address"],
            asked.body["event"],
            calendar=asked.body.get("calendar"),
            organizer=asked.body.get("organizer"),
            response=asked.body.get("response", "notResponded"),
        )
        return Created({"id": made})

    def _serve_odd(self, asked: Asked) -> Created:
        calendar = asked.body.get("calendar")
        made = self._acts.serve(asked.path["address"], asked.body["event"], calendar=calendar)
        return Created({"id": made})

    def _move_mailbox(self, asked: Asked) -> None:
        self._acts.move_mailbox(
            asked.path["address"],
            drop_property=asked.body.get("drop_property"),
            feed_tells=asked.body.get("feed_tells", False),
        )

    def _set_lag(self, asked: Asked) -> None:
        self._acts.lag(asked.path["address"], float(asked.body["seconds"]))

    def _act(self, asked: Asked) -> dict[str, Any]:
        acts, body, item_id = self._acts, asked.body, asked.body["id"]
        match body["act"]:
            case "patch":
                acts.change(item_id, body["event"])
            case "delete":
                acts.delete(item_id)
            case "drag":
                item_id = acts.drag_to_calendar(item_id, body["calendar"])
            case "restore":
                item_id = acts.restore(item_id)
            case "spoil":
                acts.spoil(item_id, body.get("members"))
            case "copy":
                item_id = acts.copy(item_id, calendar=body.get("calendar"))
            case "make_private":
                acts.make_private(item_id)
            case "make_all_day":
                acts.make_all_day(item_id)
            case "respond":
                acts.respond(item_id, body["response"])
            case "cancel_by_organizer":
                acts.cancel_by_organizer(item_id)
            case "occurrences":
                window = [
                    datetime.fromisoformat(body[name]).astimezone(UTC) for name in ("begin", "end")
                ]
                return {"ids": acts.occurrences(item_id, *window)}
            case other:
                raise KeyError(other)
        return {"id": item_id}

    def _set_faults(self, asked: Asked) -> list[dict[str, Any]]:
        self._faults.clear()
        return self._add_faults(asked)

    def _add_faults(self, asked: Asked) -> list[dict[str, Any]]:
        if "seed" in asked.body:
            self._faults.seed(int(asked.body["seed"]))
        for fault in asked.body.get("faults", ()):
            values = fault.pop("values", {})
            self._faults.set(**fault, **values)
        return self._faults.listed()

    def _clear_faults(self, asked: Asked) -> list[dict[str, Any]]:
        self._faults.clear(asked.query.get("name"))
        return self._faults.listed()

    def _subscriptions(self, asked: Asked) -> list[dict[str, Any]]:
        wanted = asked.query.get("user")
        owner = self._acts.user(wanted).user_id if wanted else None
        alive = self._service.subscriptions.alive()
        return [one.to_json() | {"held": one.held} for one in alive if owner in (None, one.user_id)]

    def _lifecycle(self, asked: Asked) -> None:
        event = asked.body["event"]
        if event not in ("missed", "subscriptionRemoved", "reauthorizationRequired"):
            raise KeyError(event)
        subscriptions = self._service.subscriptions
        subscriptions.alive()
        subscriptions.send_lifecycle(
            subscriptions.all[asked.path["id"]], event, hold=asked.body.get("hold", False)
        )

    def _seed(self, asked: Asked) -> Created:
        now = self._state.clock.now()
        if "now" in asked.body:
            now = read_instant(asked.body["now"], "now")
        return Created(seed_calendars(self._acts, self._state, asked.body["addresses"], now=now))
