"""Under which account PostgreSQL runs: it refuses to run as root, so root hands it to somebody with no rights."""

import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from xerosync.sandbox.embedded.errors import EmbeddedError

_UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the launcher becomes; `enter_any_folder` if a folder on the way is closed to everybody but root."""

    uid: int
    gid: int
    enter_any_folder: bool

    def give(self, path: Path) -> None:
        """Make the account the owner of one file or folder."""
        os.chown(path, self.uid, self.gid)


def account_for(data: Path, programs: Iterable[Path]) -> Account | None:
    """The account for the data folder `data` (which need not exist yet), or None to stay who we are.

    An existing data folder goes on under its owner. Raises EmbeddedError where there is nobody to become.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        uid, gid = owner.st_uid, owner.st_gid
    else:
        try:
            entry = pwd.getpwnam(_UNPRIVILEGED)
        except KeyError:
            raise EmbeddedError(
                f"PostgreSQL does not run as root and there is no user '{_UNPRIVILEGED}' here: run this as another user"
            ) from None
        uid, gid = entry.pw_uid, entry.pw_gid
    closed = any(_is_closed(folder) for path in (data, *programs) for folder in path.resolve().parents)
    return Account(uid, gid, closed or any(_is_closed(program) for program in programs))


def _is_closed(path: Path) -> bool:
    return path.exists() and not path.stat().st_mode & stat.S_IXOTH
