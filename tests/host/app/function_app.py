"""A function app that shows what a host does: each function reports to a queue named `seen`."""

import asyncio
import json
import os
from http.cookies import SimpleCookie

import azure.functions as func
from azure.storage.queue.aio import QueueClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


async def report(**facts: object) -> None:
    """Puts what a function was given into the queue that the test reads."""
    connection = os.environ["AzureWebJobsStorage"]  # noqa: SIM112 - Azure names it so
    async with QueueClient.from_connection_string(connection, "seen") as queue:
        await queue.send_message(json.dumps(facts))


@app.route("echo/{name}/{part?}", methods=["GET", "POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Says what the request was."""
    facts = {
        "method": req.method,
        "url": req.url,
        "params": dict(req.params),
        "route": dict(req.route_params),
        "length": len(req.get_body()),
        "header": req.headers.get("X-Mixed-Case"),
    }
    return func.HttpResponse(json.dumps(facts), mimetype="application/json", status_code=201)


@app.route("echo/fixed", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def fixed(req: func.HttpRequest) -> func.HttpResponse:
    """Is a synchronous function, sets two cookies, and goes before the route with a parameter."""
    response = func.HttpResponse(req.get_body(), headers={"X-Answer": "yes"})
    for name in ("first", "second"):
        cookie = SimpleCookie({name: f"{name}=value"})
        cookie[name]["path"] = "/"
        cookie[name]["max-age"] = 0
        cookie[name]["httponly"] = True
        cookie[name]["samesite"] = "Lax"
        response.headers.add("Set-Cookie", cookie.output(header="").strip())
    return response


@app.route("breaks", auth_level=func.AuthLevel.ANONYMOUS)
async def breaks(req: func.HttpRequest) -> func.HttpResponse:
    """Fails."""
    raise RuntimeError(f"secret detail of {req.method}")


@app.route("slow", auth_level=func.AuthLevel.ANONYMOUS)
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    """Takes longer than host.json allows."""
    await asyncio.Event().wait()
    return func.HttpResponse(req.method)


@app.queue_trigger(arg_name="msg", queue_name="%JOBS_QUEUE%", connection="AzureWebJobsStorage")
async def work(msg: func.QueueMessage) -> None:
    """Reports its message; fails on `fail`, never ends on `hang`."""
    text = msg.get_body().decode()
    await report(text=text, count=msg.dequeue_count, id=msg.id)
    if text.startswith("fail"):
        raise ValueError("as asked")
    if text.startswith("hang") and (msg.dequeue_count or 0) < 2:
        await asyncio.Event().wait()


@app.timer_trigger(arg_name="timer", schedule="%TICK_SCHEDULE%")
async def tick(timer: func.TimerRequest) -> None:
    """Reports that it ran."""
    await report(timer=True, past_due=timer.past_due)
