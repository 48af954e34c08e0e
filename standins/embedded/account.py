"""Under which account PostgreSQL runs: it refuses to run as root, so root hands it to somebody with no rights.

The account may not enter the folders that are closed to everybody else, such as root's home or all that is made under
umask 077. None of them is opened for it: the launcher leaves it the one capability that enters any folder.
"""

import os
import pwd
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from standins.embedded.errors import EmbeddedError

_UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the launcher becomes; `closed` is a folder or program on the way that others may not enter or run."""

    uid: int
    gid: int
    closed: Path | None

    def give(self, path: Path) -> None:
        """Make the account the owner of one file or folder."""
        os.chown(path, self.uid, self.gid)

    def refusal(self, log: Path) -> EmbeddedError:
        """What to say where root may not become this account or may not leave it the capability."""
        below = f" below {self.closed}, which is closed to others" if self.closed else ""
        elsewhere = " or from a folder that everybody may enter" if self.closed else ""
        return EmbeddedError(
            f"PostgreSQL does not run as root, and root may not run it as user {self.uid}{below}: "
            f"run this as an ordinary user{elsewhere} (see {log})"
        )


def account_for(data: Path, programs: Iterable[Path]) -> Account | None:
    """The account for the data folder `data` (which need not exist yet), or None to stay who we are.

    An existing data folder goes on under its owner. Raises EmbeddedError where there is nobody to become, or where
    who we are has no name, which initdb looks up.
    """
    if os.geteuid() != 0:
        _require_name(os.geteuid())
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
    programs = [program.resolve() for program in programs]
    on_the_way = (folder for path in (data.resolve(), *programs) for folder in reversed(path.parents))
    return Account(uid, gid, next((path for path in (*on_the_way, *programs) if _is_closed(path, uid, gid)), None))


def _require_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL runs for a user with a name only, and user id {uid} has none on this machine: "
            "run this as a user that `id -un` can name"
        ) from None


def _is_closed(path: Path, uid: int, gid: int) -> bool:
    if not path.exists():
        return False
    found = path.stat()
    enter = stat.S_IXUSR if found.st_uid == uid else stat.S_IXGRP if found.st_gid == gid else stat.S_IXOTH
    return not found.st_mode & enter
