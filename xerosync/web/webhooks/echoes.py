"""Whether a delivery is about what is known already: mostly the echo of our own write. Pure.

A write keeps what its answer showed. A delivery that shows no more than that asks for nothing.
"""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from xerosync.core.documents import Document
from xerosync.documents.link import DocumentLink
from xerosync.documents.views import XeroView

UPDATE = "UPDATE"
"""Xero's type of an event about a document that was there before."""


def is_echo_of_xero(event_type: str, event_at: datetime | None, known: XeroView | None) -> bool:
    """Tell whether an event (UTC) is not later than what is known of its document (Xero's own stamp), to the second.

    Of a document that we only created, an update within that second is somebody else's. Within the second of a later
    write of ours it can't be told apart, and is left to the next sweep.
    """
    if event_at is None or known is None or known.updated_at is None:
        return False
    event_second, known_second = event_at.replace(microsecond=0), known.updated_at.replace(microsecond=0)
    if event_second == known_second and known.revision == 0 and event_type.upper() == UPDATE:
        return False
    return event_second <= known_second


def is_echo_of_sequence(resource: dict[str, Any], link: DocumentLink) -> bool:
    """Tell whether a document, as a delivery shows it, is exactly what its link knows.

    A document that is not in Xero, is held or is ignored may need the signal all the same.
    """
    if link.xero is None or link.current_hold or link.ignored:
        return False
    try:
        document = Document.from_sequence(link.ref.kind, resource)
    except ValidationError:
        return False
    return document.ref == link.ref and link.read(document) == link
