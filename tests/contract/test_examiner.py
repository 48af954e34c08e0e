"""The examiner finds what it is there to find: one thing wrong with a good exchange is one deviation."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.contract.deviations import Examiner
from tests.contract.exchanges import Exchange
from tests.contract.known_mistakes import ANSWER, REQUEST

ID = "297c2dc5-cc47-4afd-8ec8-74990b8761e9"
GOOD = Exchange(
    method="PUT",
    path="/api.xro/2.0/Invoices",
    query=(("summarizeErrors", "false"), ("unitdp", "4")),
    headers=httpx.Headers(
        {"xero-tenant-id": ID, "idempotency-key": "k", "content-type": "application/json", "authorization": "Bearer t"}
    ),
    body=b'{"Invoices":[{"Type":"ACCREC","InvoiceNumber":"1","Date":"3000-01-01","SentToContact":false}]}',
    status=200,
    answer_headers=httpx.Headers({"content-type": "application/json; charset=utf-8"}),
    answer=json.dumps({"Invoices": [{"InvoiceID": ID, "Total": 1.2, "Status": "AUTHORISED"}]}).encode(),
)


def asked(**invoice: Any) -> dict[str, bytes]:
    return {"body": json.dumps({"Invoices": [invoice]}).encode()}


def answered(**invoice: Any) -> dict[str, bytes]:
    return {"answer": json.dumps({"Invoices": [invoice]}).encode()}


def headed(**headers: str) -> dict[str, httpx.Headers]:
    return {"headers": httpx.Headers({**GOOD.headers, **{name.replace("_", "-"): it for name, it in headers.items()}})}


def test_an_exchange_as_described_has_no_deviation(examiner: Examiner):
    (examined,) = examiner.examine([GOOD])

    assert [str(found) for found in examined.found] == []
    assert str(examined.operation) == "PUT /Invoices"


@pytest.mark.parametrize(
    ("change", "deviation"),
    [
        ({"path": "/api.xro/2.0/Nothing"}, (REQUEST, "PUT /api.xro/2.0/Nothing", "path")),
        ({"method": "DELETE"}, (REQUEST, "DELETE /api.xro/2.0/Invoices", "path")),
        ({"query": (("page", "1"),)}, (REQUEST, "PUT /Invoices?page", "unknown")),
        ({"query": (("unitdp", "four"),)}, (REQUEST, "PUT /Invoices?unitdp", "unreadable")),
        (headed(x_own="1"), (REQUEST, "PUT /Invoices header x-own", "unknown")),
        (
            {"headers": httpx.Headers({"content-type": "application/json"})},
            (REQUEST, "PUT /Invoices header xero-tenant-id", "MissingRequiredParameter"),
        ),
        ({"body": b"{"}, (REQUEST, "PUT /Invoices", "unreadable")),
        ({"body": b""}, (REQUEST, "PUT /Invoices", "MissingRequiredRequestBody")),
        (asked(Type="SALE"), (REQUEST, "Invoice.Type", "enum")),
        (asked(Total=1), (REQUEST, "Invoice.Total", "readOnly")),
        (asked(Reference=None), (REQUEST, "Invoice.Reference", "null")),
        (asked(InvoiceNumber="x" * 256), (REQUEST, "Invoice.InvoiceNumber", "maxLength")),
        (asked(LineItems=[{"Quantity": "1"}]), (REQUEST, "LineItem.Quantity", "type")),
        (asked(LineItems=[{"Qty": 1}]), (REQUEST, "LineItem.Qty", "unknown")),
        (answered(Totals=1), (ANSWER, "Invoice.Totals", "unknown")),
        (answered(InvoiceID="1"), (ANSWER, "Invoice.InvoiceID", "format")),
        (answered(CreditNotes=[{"Allocations": [{"Amount": 1, "Date": ""}]}]), (ANSWER, "Allocation", "required")),
        ({"answer": b"<html>"}, (ANSWER, "PUT /Invoices", "unreadable")),
        ({"answer": b""}, (ANSWER, "PUT /Invoices", "MissingData")),
        ({"status": 418}, (ANSWER, "PUT /Invoices", "status 418")),
        ({"answer_headers": httpx.Headers({"content-type": "text/xml"})}, (ANSWER, "PUT /Invoices", "media text/xml")),
    ],
    ids=lambda value: value[1] + " " + value[2] if isinstance(value, tuple) else "",
)
def test_one_thing_wrong_is_one_deviation(examiner: Examiner, change: dict[str, Any], deviation: tuple[str, str, str]):
    (examined,) = examiner.examine([replace(GOOD, **change)])

    assert {tuple(found.deviation) for found in examined.found} == {deviation}


def test_a_field_of_a_form_that_nobody_described_is_found(examiner: Examiner):
    form = httpx.Headers({"content-type": "application/x-www-form-urlencoded"})
    refresh = replace(
        GOOD, method="POST", path="/connect/token", query=(), headers=form, body=b"grant_type=x&own=1", answer=b"{}"
    )

    (examined,) = examiner.examine([refresh])

    assert [found.deviation.at for found in examined.found] == ["POST /connect/token form own"]


def test_a_body_that_nobody_described_is_found_on_both_sides(examiner: Examiner):
    deletion = replace(GOOD, method="DELETE", path=f"/api.xro/2.0/Items/{ID}", query=(), status=204)

    (examined,) = examiner.examine([deletion])

    assert {found.deviation.at for found in examined.found} == {
        *("DELETE /Items/{ItemID} body", "DELETE /Items/{ItemID} header idempotency-key"),
        "DELETE /Items/{ItemID} 204 body",
    }
