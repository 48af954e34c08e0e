"""/TaxRates: the rates of the UK edition, to read."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import NotFoundError
from standins.xero.filtering import Field
from standins.xero.listing import filtered
from standins.xero.model import TaxRate
from standins.xero.query import Parameters, organisation_of

_FIELDS: Mapping[str, Field[TaxRate]] = {
    "Name": Field("String", lambda rate: rate.name),
    "TaxType": Field("String", lambda rate: rate.tax_type),
    "Status": Field("String", lambda rate: rate.status),
    "ReportTaxType": Field("String", lambda rate: rate.report_tax_type),
    "EffectiveRate": Field("Decimal", lambda rate: rate.rate),
    "DisplayTaxRate": Field("Decimal", lambda rate: rate.rate),
    "CanApplyToRevenue": Field("Boolean", lambda rate: rate.sales),
    "CanApplyToExpenses": Field("Boolean", lambda rate: rate.purchases),
}


def tax_rate_json(rate: TaxRate) -> JSON:
    """Return a tax rate as answers show it; rates in percent."""
    return {
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "ReportTaxType": rate.report_tax_type,
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": rate.purchases,
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": rate.sales,
        "DisplayTaxRate": rate.rate,
        "EffectiveRate": rate.rate,
        "Status": rate.status,
        "TaxComponents": [{"Name": "VAT", "Rate": rate.rate, "IsCompound": False, "IsNonRecoverable": False}],
    }


async def index(request: Request) -> Response:
    """Answer GET on the list."""
    found = filtered(organisation_of(request).tax_rates.values(), Parameters(request), "TaxRate", _FIELDS)
    return enveloped(request, "TaxRates", [tax_rate_json(rate) for rate in found])


async def one(request: Request) -> Response:
    """Answer GET on a rate, by TaxType."""
    rate = organisation_of(request).tax_rates.get(request.path_params["tax_type"])
    if rate is None:
        raise NotFoundError(request.path_params["tax_type"])
    return enveloped(request, "TaxRates", [tax_rate_json(rate)])


routes: list[Route] = [
    Route(f"{API}/TaxRates", index, methods=["GET"]),
    Route(f"{API}/TaxRates/{{tax_type}}", one, methods=["GET"]),
]
