"""/Organisation and /Organisation/Actions."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.chart import TIME_ZONES
from standins.xero.dates import date_field
from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.query import organisation_of
from standins.xero.rendering import terms_json
from standins.xero.state import Organisation

_ACTIONS = (
    "CreateApprovedInvoice",
    "CreateDraftInvoice",
    "CreateApprovedBill",
    "CreateDraftBill",
    "CreateInvoicePayment",
    "CreateRepeatingInvoice",
    "CreateRepeatingBill",
    "CreateDraftPurchaseOrder",
    "CreateApprovedPurchaseOrder",
    "CreateSentQuote",
    "CreateDraftQuote",
    "AttachFilesIntoInvoice",
)


def organisation_json(organisation: Organisation) -> JSON:
    """Return the organisation as answers show it."""
    profile = organisation.profile
    body: JSON = {
        "Name": profile.name,
        "LegalName": profile.name,
        "PaysTax": True,
        "Version": profile.version,
        "OrganisationType": "COMPANY",
        "BaseCurrency": profile.base_currency,
        "CountryCode": profile.country,
        "IsDemoCompany": profile.is_demo,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 12,
        "SalesTaxBasis": "ACCRUAL",
        "SalesTaxPeriod": "QUARTERLY1",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": f"/Date({profile.created})/",
        "OrganisationEntityType": "COMPANY",
        "Timezone": TIME_ZONES[profile.time_zone],
        "ShortCode": profile.short_code,
        "OrganisationID": profile.id,
        "Edition": "BUSINESS",
        "Class": "DEMO" if profile.is_demo else profile.plan,
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": terms_json(profile.sales_terms, profile.bills_terms),
    }
    if profile.tax_number is not None:
        body["TaxNumber"] = profile.tax_number
    if profile.period_lock_date is not None:
        body["PeriodLockDate"] = date_field(profile.period_lock_date)
    if profile.end_of_year_lock_date is not None:
        body["EndOfYearLockDate"] = date_field(profile.end_of_year_lock_date)
    return body


async def organisation(request: Request) -> Response:
    """Answer GET /Organisation."""
    return enveloped(request, "Organisations", [organisation_json(organisation_of(request))])


async def actions(request: Request) -> Response:
    """Answer GET /Organisation/Actions: what the plan allows."""
    found = organisation_of(request)
    refused: set[str] = set()
    if found.settings.approvals_left == 0:
        refused.add("CreateApprovedInvoice")
    body = [{"Name": name, "Status": "NOT-ALLOWED" if name in refused else "ALLOWED"} for name in _ACTIONS]
    several = len(found.profile.currencies) > 1
    body.append({"Name": "UseMulticurrency", "Status": "ALLOWED" if several else "NOT-ALLOWED"})
    return enveloped(request, "Actions", body)


routes: list[Route] = [
    Route(f"{API}/Organisation", organisation, methods=["GET"]),
    Route(f"{API}/Organisation/Actions", actions, methods=["GET"]),
]
