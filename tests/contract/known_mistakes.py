"""Where Xero's OpenAPI description is wrong or silent, each place by itself, with who says so.

    ELEMENTS    what a 400 carries, where the description names but the id of it
    SILENCES    answers that Xero gives and the description leaves out
    PATHS       paths that Xero has and the description leaves out; SPELLINGS, those that it writes otherwise
    ROUTES      routes of the stand-in that are no part of the API described
    MISTAKES    single fields, parameters and types that Xero handles otherwise

What stands here and is not met any more fails the tests, as does what is met and does not stand here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

JSON = dict[str, Any]
REQUEST, ANSWER = "request", "answer"
EXAMPLES = "the description's own examples, which its schemas refuse"
"""A source that is checked: the examples must break the same rule at the same place."""


class Deviation(NamedTuple):
    """What is not as described: on which side, where (`Invoice.DateString`, `GET /Invoices?page`), by which rule."""

    side: str
    at: str
    rule: str


class Mistake(NamedTuple):
    """A deviation that is the description's fault, and the source that says so."""

    deviation: Deviation
    source: str


class Silence(NamedTuple):
    """A status that these operations answer, which the description leaves out; `content` is as in OpenAPI."""

    operations: tuple[str, ...]
    status: int
    content: JSON
    source: str


def _json(name: str) -> JSON:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


_TEXT: JSON = {"text/html": {"schema": {"type": "string"}}}
_PROBLEM: JSON = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["Title", "Status", "Detail", "Instance"],
            "additionalProperties": False,
            "properties": {
                "Type": {"type": "string", "nullable": True},
                "Title": {"type": "string"},
                "Status": {"type": "integer"},
                "Detail": {"type": "string"},
                "Instance": {"type": "string", "format": "uuid"},
                "Extensions": {"type": "object"},
            },
        }
    }
}

ELEMENTS: dict[str, str] = {
    "/Invoices": "Invoice",
    "/Invoices/{InvoiceID}": "Invoice",
    "/CreditNotes": "CreditNote",
    "/CreditNotes/{CreditNoteID}": "CreditNote",
    "/CreditNotes/{CreditNoteID}/Allocations": "Allocation",
    "/Contacts": "Contact",
    "/Contacts/{ContactID}": "Contact",
    "/Accounts": "Account",
    "/Accounts/{AccountID}": "Account",
    "/Currencies": "Currency",
    "/Items": "Item",
    "/Items/{ItemID}": "Item",
    "/Payments": "Payment",
    "/Payments/{PaymentID}": "Payment",
    "/Invoices/{InvoiceID}/History": "HistoryRecord",
    "/CreditNotes/{CreditNoteID}/History": "HistoryRecord",
    "/Contacts/{ContactID}/History": "HistoryRecord",
    "/Payments/{PaymentID}/History": "HistoryRecord",
}
"""Whose records the Elements of a 400 are (Xero docs: response codes: "the document")."""

SILENCES: tuple[Silence, ...] = (
    Silence(
        tuple(
            f"GET /{plural}"
            for plural in (
                *("Accounts", "Contacts", "CreditNotes", "Currencies"),
                *("Invoices", "Items", "Payments", "TaxRates"),
            )
        ),
        400,
        _json("Error"),
        "Xero answers QueryParseException to a where that names an unknown field, and to a page too large",
    ),
    Silence(("GET /Currencies", "GET /Organisation"), 401, _PROBLEM, "Xero docs: accounting API, response codes"),
    Silence(("GET /Currencies", "GET /Organisation"), 403, _PROBLEM, "Xero docs: accounting API, response codes"),
    Silence(("PUT /Currencies",), 400, _json("ErrorOfCurrency"), "Xero docs: response codes"),
    Silence(
        (
            "GET /Accounts/{AccountID}",
            "GET /BrandingThemes/{BrandingThemeID}",
            "GET /Contacts/{ContactNumber}",
            "GET /Contacts/{ContactID}/History",
            "GET /CreditNotes/{CreditNoteID}",
            "GET /CreditNotes/{CreditNoteID}/History",
            "GET /CreditNotes/{CreditNoteID}/pdf",
            "GET /Invoices/{InvoiceID}",
            "GET /Invoices/{InvoiceID}/History",
            "GET /Invoices/{InvoiceID}/OnlineInvoice",
            "GET /Invoices/{InvoiceID}/pdf",
            "GET /Items/{ItemID}",
            "GET /Payments/{PaymentID}",
            "GET /Payments/{PaymentID}/History",
            "GET /TaxRates/{TaxType}",
            "POST /CreditNotes/{CreditNoteID}",
            "POST /Invoices/{InvoiceID}",
            "POST /Invoices/{InvoiceID}/Email",
            "POST /Items/{ItemID}",
            "POST /Payments/{PaymentID}",
            "DELETE /CreditNotes/{CreditNoteID}/Allocations/{AllocationID}",
            "DELETE /Items/{ItemID}",
        ),
        404,
        _TEXT,
        "Xero docs: response codes: 404 may be empty text",
    ),
    Silence(("GET /Currencies", "GET /Organisation"), 429, {}, "Xero docs: API limits"),
    Silence(("GET /Currencies", "GET /Organisation"), 500, _json("Error"), "Xero docs: response codes"),
    Silence(("GET /CreditNotes", "GET /Invoices"), 500, _json("Error"), "Xero docs: accounting API: before 1753"),
    Silence(("GET /Currencies", "GET /Organisation"), 503, _TEXT, "Xero docs: response codes: offline for maintenance"),
)

IDENTITY_SILENCES: tuple[Silence, ...] = (Silence(("GET /connections",), 401, _PROBLEM, "Xero docs: response codes"),)

SPELLINGS: dict[str, str] = {"/connections": "/Connections", "/connections/{id}": "/Connections/{id}"}
"""Paths that Xero documents in lower case and describes with a capital (Xero docs: OAuth 2.0)."""

PATHS: dict[str, JSON] = {
    # RFC 7009; Xero docs: OAuth 2.0
    "/connect/revocation": {
        "post": {
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "required": ["token"],
                            "properties": {"token": {"type": "string"}},
                        }
                    }
                },
            },
            "responses": {"200": {"description": ""}},
        }
    },
    # The description of identity has the bodies of the token endpoint as schemas, but no path that uses them.
    "/connect/token": {
        "post": {
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/RefreshToken"}}
                },
            },
            "responses": {
                "200": {"description": "", "content": _json("AccessToken")},
                "400": {
                    "description": "RFC 6749 section 5.2; Xero docs: OAuth 2.0",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["error"],
                                "additionalProperties": False,
                                "properties": {
                                    "error": {"type": "string"},
                                    "error_description": {"type": "string"},
                                },
                            }
                        }
                    },
                },
            },
        }
    },
}


ROUTES: dict[str, str] = {
    "GET /identity/connect/authorize": "Xero docs: OAuth 2.0: a page for people",
    "POST /identity/connect/authorize": "Xero docs: OAuth 2.0: a page for people",
}


def _mistakes() -> Iterator[Mistake]:
    for plural in (
        *("Accounts", "Actions", "Allocations", "Attachments", "BrandingThemes", "Contacts", "CreditNotes"),
        *("Currencies", "HistoryRecords", "Invoices", "Items", "OnlineInvoices", "Organisations", "Payments"),
        "TaxRates",
    ):
        for field in ("Id", "Status", "ProviderName", "DateTimeUTC"):
            yield Mistake(Deviation(ANSWER, f"{plural}.{field}", "unknown"), EXAMPLES)
    yield from (Mistake(Deviation(*deviation), source) for deviation, source in _SINGLE)


_SINGLE: tuple[tuple[tuple[str, str, str], str], ...] = (
    # What our client asks
    (
        (REQUEST, "CreditNote.SentToContact", "readOnly"),
        "Xero-OpenAPI issues 826, 616 and 606: taken since August 2024",
    ),
    *(
        (
            (REQUEST, f"GET /{plural} header if-modified-since", "format"),
            "Xero docs: accounting API: UTC to the second; Xero documents it without an offset",
        )
        for plural in ("CreditNotes", "Invoices")
    ),
    (
        (REQUEST, "GET /Currencies header xero-tenant-id", "MissingRequiredParameter"),
        "Xero docs: OAuth 2.0: a custom connection names no organisation",
    ),
    *(
        ((REQUEST, f"POST /connect/token form {field}", "unknown"), f"the other grants of the token endpoint: {source}")
        for field, source in (
            ("code", "RFC 6749 section 4.1.3"),
            ("redirect_uri", "RFC 6749 section 4.1.3"),
            ("code_verifier", "RFC 7636 section 4.5"),
        )
    ),
    # What the stand-in answers
    ((ANSWER, "AccessToken.scope", "unknown"), "RFC 6749 section 5.1"),
    *(
        ((ANSWER, f"{noun}.{field}", "unknown"), EXAMPLES)
        for noun, fields in (
            ("Invoice", ("DateString", "DueDateString")),
            ("CreditNote", ("DateString", "ID")),
            ("LineItem", ("ValidationErrors",)),
            ("HistoryRecord", ("DateUTCString", "ValidationErrors")),
        )
        for field in fields
    ),
    ((ANSWER, "Invoice.PlannedPaymentDateString", "unknown"), "singer-io/tap-xero pull request 18"),
    ((ANSWER, "Invoice.ExpectedPaymentDateString", "unknown"), "singer-io/tap-xero pull request 21"),
    ((ANSWER, "CreditNote.DueDateString", "unknown"), "singer-io/tap-xero pull request 34"),
    ((ANSWER, "Connection.createdDateUtc", "format"), EXAMPLES),
    ((ANSWER, "Connection.updatedDateUtc", "format"), EXAMPLES),
    *(
        (
            (ANSWER, f"GET /{plural}/{{{noun}ID}}/Attachments/{{AttachmentID}}", "media text/plain"),
            "its own parameter contentType: a file comes as the type it was asked for by",
        )
        for plural, noun in (("Contacts", "Contact"), ("CreditNotes", "CreditNote"), ("Invoices", "Invoice"))
    ),
    *(
        (
            (ANSWER, f"GET /{plural}/{{{noun}ID}}", "media application/pdf"),
            "its own x-path: what it describes under …/pdf is asked for here, by the Accept header",
        )
        for plural, noun in (("CreditNotes", "CreditNote"), ("Invoices", "Invoice"))
    ),
    *(
        ((ANSWER, f"GET /{plural}", "media text/xml"), "Xero docs: accounting API: XML where JSON is not asked for")
        for plural in ("CreditNotes", "Invoices")
    ),
)

MISTAKES: dict[Deviation, str] = dict(_mistakes())
