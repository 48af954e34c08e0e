"""Whether a delivery is about what is known already: mostly the echo of our own write. Pure.

A write keeps what its answer showed. A delivery that shows no more than that asks for nothing.
"""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from xerosync.core.documents import Document
from xerosync.documents.link import DocumentLink


def is_echo_of_xero(event_at: datetime | None, known_at: datetime | None) -> bool:
    """Tell whether an event (UTC) is not later than what is known of its document (Xero's own stamp), to the second.

    An edit by a person within the same second as our write is left to the next sweep.
    """
    if event_at is None or known_at is None:
        return False
    return event_at.replace(microsecond=0) <= known_at.replace(microsecond=0)


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
