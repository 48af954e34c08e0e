"""How deliveries of webhooks go wrong on demand, in both stand-ins.

Neither company publishes how often this happens. Receivers must expect each of it: a delivery that comes twice, late,
out of order or never, and one that somebody else sent, whose signature is almost right.
"""

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_KINDS: tuple[str, ...] = ("duplicate", "reorder", "lose", "forge")


class Disorder:
    """Shares from 0 to 1 of deliveries. `forge` adds one that is signed wrongly, the others change a real one.

    The same seed decides the same way again.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Let nothing go wrong."""
        self._shares = dict.fromkeys(_KINDS, 0.0)
        self._random = random.Random(0)  # noqa: S311 - repeatable on purpose

    def change(self, body: Mapping[str, Any]) -> None:
        """Set the shares that `body` names, start again from its `seed`. ValueError, and no change, if one is wrong."""
        seed = body.get("seed", 0)
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ValueError("seed must be a whole number")
        changed = {kind: body[kind] for kind in _KINDS if kind in body}
        for kind, share in changed.items():
            if isinstance(share, bool) or not isinstance(share, int | Decimal) or not 0 <= share <= 1:
                raise ValueError(f"{kind} must be a probability from 0 to 1")
        self._shares |= {kind: float(share) for kind, share in changed.items()}
        self._random.seed(seed)

    def happens(self, kind: str) -> bool:
        """Decide whether one delivery goes wrong in this way."""
        share = self._shares[kind]
        return share > 0 and self._random.random() < share

    def wrong_signature(self, right: str) -> str | None:
        """Return one of the wrong signatures, for a forged delivery."""
        return self._random.choice(wrong_signatures(right))

    def as_json(self) -> dict[str, Any]:
        """Return the shares as `/_sandbox/webhooks…` shows them."""
        return {kind: Decimal(str(share)) for kind, share in self._shares.items()}


def wrong_signatures(right: str) -> tuple[str, str, None]:
    """Return what is almost right: the first character changed, the last one missing, none at all.

    A receiver that compares a part of the signature, or its beginning, takes one of them for right.
    """
    return ("B" if right[0] == "A" else "A") + right[1:], right[:-1], None
