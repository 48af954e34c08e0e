"""The `/_sandbox/webhooks…` controls: what Xero's developer pages do."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.controls import ControlError, control, control_body
from standins.exactjson import ExactJSONResponse
from standins.xero.webhooks.hook import Hook
from standins.xero.webhooks.registry import Webhooks
from standins.xero.webhooks.signing import CATEGORIES, NEWER_CATEGORIES


async def hooks(request: Request) -> Response:
    """List the hooks; POST `{url, key, categories?}` registers one and shows its intent's result."""
    webhooks = _webhooks(request)
    if request.method == "POST":
        hook = await webhooks.register(**_registration(webhooks, await control_body(request)))
        return ExactJSONResponse(hook.as_json(), status_code=201)
    return ExactJSONResponse([hook.as_json() for hook in webhooks.hooks])


async def one(request: Request) -> Response:
    """Remove a hook."""
    hook = _hook(request)
    await _webhooks(request).remove(hook.url)
    return Response(status_code=204)


async def intent(request: Request) -> Response:
    """Ask once more for the intent to receive."""
    hook = _hook(request)
    await _webhooks(request).ask_intent(hook)
    return ExactJSONResponse(hook.as_json())


async def flush(request: Request) -> Response:
    """Deliver now what waits, without waiting for retries to be due."""
    webhooks = _webhooks(request)
    await webhooks.flush()
    return ExactJSONResponse({"waiting": sum(hook.waiting for hook in webhooks.hooks)})


async def disorder(request: Request) -> Response:
    """GET, or POST `{duplicate?, reorder?, lose?, forge?, seed?}`: shares from 0 to 1, for all hooks."""
    webhooks = _webhooks(request)
    if request.method == "POST":
        try:
            webhooks.disorder.change(await control_body(request))
        except ValueError as error:
            raise ControlError(str(error)) from error
    return ExactJSONResponse(webhooks.disorder.as_json())


async def emit(request: Request) -> Response:
    """POST `{category, type, resourceId, tenantId}`: delivered to every hook, categories that are unknown too."""
    body = await control_body(request)
    wanted = [body.get(name) for name in ("category", "type", "resourceId", "tenantId")]
    if not all(isinstance(value, str) for value in wanted):
        raise ControlError("category, type, resourceId and tenantId are texts")
    category, event_type, resource_id, tenant_id = map(str, wanted)
    _webhooks(request).emit(category, event_type, resource_id, tenant_id, to_every_hook=True)
    return Response(status_code=204)


def _webhooks(request: Request) -> Webhooks:
    found: Webhooks = request.app.state.xero.webhooks
    return found


def _hook(request: Request) -> Hook:
    for hook in _webhooks(request).hooks:
        if hook.id == request.path_params["id"]:
            return hook
    raise ControlError("there is no such webhook")


def _registration(webhooks: Webhooks, body: dict[str, Any]) -> dict[str, Any]:
    url, key = body.get("url"), body.get("key")
    if not isinstance(url, str):
        raise ControlError("url is missing")
    if (refusal := webhooks.targets.refusal(url)) is not None:
        raise ControlError(f"url: {refusal}")
    if not isinstance(key, str) or not key:
        raise ControlError("key is missing")
    categories = frozenset(body.get("categories") or CATEGORIES)
    known = {*CATEGORIES, *NEWER_CATEGORIES}
    if not categories <= known:
        raise ControlError(f"categories are {', '.join(sorted(known))}")
    return {"url": url, "key": key, "categories": categories}


routes = [
    Route("/_sandbox/webhooks", control(hooks), methods=["GET", "POST"]),
    Route("/_sandbox/webhooks/disorder", control(disorder), methods=["GET", "POST"]),
    Route("/_sandbox/webhooks/emit", control(emit), methods=["POST"]),
    Route("/_sandbox/webhooks/flush", control(flush), methods=["POST"]),
    Route("/_sandbox/webhooks/{id}", control(one), methods=["DELETE"]),
    Route("/_sandbox/webhooks/{id}/intent", control(intent), methods=["POST"]),
]
