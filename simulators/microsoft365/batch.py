"""JSON batching: up to twenty requests in one.

Source: Graph, concepts/json-batching; four inner requests run at a time.
"""

import asyncio
import json
import random
from typing import Any

from simulators.microsoft365.errors import ConnectionDropped, GraphError, bad_request
from simulators.microsoft365.graph import MOST_PARALLEL, GraphService
from simulators.microsoft365.messages import Request, error_json, make_request

MOST_INNER = 20


def _check(inner: list[Any]) -> None:
    if not 0 < len(inner) <= MOST_INNER:
        raise bad_request(f"A batch holds 1 to {MOST_INNER} requests.")
    seen: set[str] = set()
    for one in inner:
        if not isinstance(one, dict) or not all(one.get(k) for k in ("id", "method", "url")):
            raise bad_request("Each request of a batch needs id, method and url.")
        if str(one["id"]).lower() in seen:
            raise bad_request(f"The id '{one['id']}' is not unique in the batch.")
        seen.add(str(one["id"]).lower())
        names = {name.lower() for name in one.get("headers") or {}}
        if one.get("body") is not None and "content-type" not in names:
            raise bad_request(f"Request '{one['id']}' has a body and no Content-Type.")
        if "batch" in str(one["url"]).lower().rsplit("$", 1)[-1][:5]:
            raise bad_request("A batch can't hold a batch.")
    for one in inner:
        for needed in one.get("dependsOn") or ():
            if str(needed).lower() not in seen:
                raise bad_request(
                    f"Request '{one['id']}' depends on '{needed}', which is not there."
                )


class Batch:
    """Runs the inner requests through the service's own pipeline.

    Args:
        service: The service.
        order: Shuffles the answers, whose order nobody promises.
    """

    def __init__(self, service: GraphService, order: random.Random) -> None:
        self._service = service
        self._order = order

    async def answer(self, request: Request) -> dict[str, Any]:
        """Answer POST /$batch.

        Raises:
            GraphError: 400, the batch as a whole is wrong; 401 without a good token.
        """
        request.user = self._service.identify(request)
        inner = request.json().get("requests")
        if not isinstance(inner, list):
            raise bad_request("A batch needs requests.")
        _check(inner)
        turns = asyncio.Semaphore(MOST_PARALLEL)
        running: dict[str, asyncio.Future[dict[str, Any]]] = {}
        loop = asyncio.get_running_loop()
        for one in inner:
            running[str(one["id"]).lower()] = loop.create_future()

        async def run(one: dict[str, Any]) -> None:
            before = [await running[str(name).lower()] for name in one.get("dependsOn") or ()]
            if any(answer["status"] >= 400 for answer in before):
                answer = _failed_dependency(one)
            else:
                async with turns:
                    answer = await self._one(request, one)
            running[str(one["id"]).lower()].set_result(answer)

        await asyncio.gather(*(run(one) for one in inner))
        answers = [future.result() for future in running.values()]
        self._order.shuffle(answers)
        return {"responses": answers}

    async def _one(self, request: Request, one: dict[str, Any]) -> dict[str, Any]:
        url = str(one["url"])
        headers = {"authorization": request.headers["authorization"]} | {
            name.lower(): str(value) for name, value in (one.get("headers") or {}).items()
        }
        body = b"" if one.get("body") is None else json.dumps(one["body"]).encode()
        inner = make_request(
            method=str(one["method"]),
            target=url if url.startswith("/") else f"/{url}",
            headers=list(headers.items()),
            body=body,
            base_url=request.base_url,
        )
        try:
            answer = await self._service.handle(inner)
        except ConnectionDropped:
            error = GraphError(504, "UnknownError", "")
            return _refused(self._service, inner, one, error)
        except GraphError as error:
            return _refused(self._service, inner, one, error)
        told: dict[str, Any] = {"id": one["id"], "status": answer.status, "headers": answer.headers}
        if answer.payload is not None:
            told["headers"] = answer.headers | {"Content-Type": "application/json"}
            told["body"] = answer.payload
        return told


def _refused(
    service: GraphService, inner: Request, one: dict[str, Any], error: GraphError
) -> dict[str, Any]:
    return {
        "id": one["id"],
        "status": error.status,
        "headers": error.headers | {"Content-Type": "application/json"},
        "body": error_json(error, service.state.clock.now(), inner),
    }


def _failed_dependency(one: dict[str, Any]) -> dict[str, Any]:
    error = {"code": "FailedDependency", "message": "The request's dependency failed."}
    return {
        "id": one["id"],
        "status": 424,
        "headers": {"Content-Type": "application/json"},
        "body": {"error": error},
    }
