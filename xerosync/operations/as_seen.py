"""Two people and one document: who acts on what is no longer so gets a refusal, and nothing is done."""

import hashlib

from xerosync.core.errors import XerosyncError
from xerosync.documents.link import DocumentLink


class ChangedMeanwhileError(XerosyncError):
    """The document is not any more as the person saw it."""


def version_of(link: DocumentLink) -> str:
    """Return what is another once a document is another to a person: its state, its hold, a decision, either side."""
    shown = link.model_dump_json(
        include={"sequence", "number", "gross_total", "xero_total", "intent", "hold", "ignored", "tenant_id", "xero"},
        exclude={"xero": {"seen_at", "revision", "reported", "reporting", "reporting_since"}},
    )
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def check_as_seen(link: DocumentLink, version: str | None) -> DocumentLink:
    """Return a link that is as somebody saw it; None: nobody looked before. Raises ChangedMeanwhileError."""
    if version is not None and version_of(link) != version:
        name = link.number or str(link.ref)
        raise ChangedMeanwhileError(
            f"{name} has changed since you saw it, so nothing was done: see where it stands now, then decide."
        )
    return link
