"""Becomes a server: ties its life to its owner's, gives up root, holds the lock file, then execs the command.

Run as `python -I launcher.py PLAN COMMAND…`, PLAN being the JSON of `processes.Plan`. It imports nothing of the
product, since it runs outside its import path.

Why a launcher and not a `preexec_fn`: Python code between fork and exec of a process with threads (Temporal's
client brings some) can deadlock. Why prctl's parent-death signal: an owner killed by SIGKILL can stop nothing
any more. Its subtleties:
  - It is sent when the *thread* that forked ends, not the process. Children are started by an event loop,
    which forks in its own thread and owns them until that loop ends, so the two agree.
  - A change of user clears it, so it is set after root has been given up.
  - An owner that died before it was set is noticed by the changed parent.
Where prctl does not exist, the lock file alone lets the next start find and stop what was left behind.
"""

import ctypes
import fcntl
import json
import os
import signal
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522

COULD_NOT_START = 127


def _hold(lock: str) -> None:
    # The descriptor stays open in the server and in all it forks: the lock is free when the last of them is gone.
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    os.set_inheritable(descriptor, True)


def _become(libc: Any, uid: int, gid: int, *, enter_any_folder: bool) -> None:
    if enter_any_folder:
        # Else access(2), with which initdb looks for its programs, ignores every capability of a user that is not root.
        _check(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "prctl")
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if enter_any_folder:
        # A checkout under a closed home such as /root: rather than open that folder to everybody on the machine,
        # the server keeps the one capability that walks through it.
        mask = 1 << _CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
        _check(libc.capset(header, data), "capset")
        _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0), "prctl")


def _check(result: int, call: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{call}: {os.strerror(ctypes.get_errno())}")


def _main(plan: dict[str, Any], command: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _hold(plan["lock"])
    if plan["uid"] is not None:
        _become(libc, plan["uid"], plan["gid"], enter_any_folder=plan["enter_any_folder"])
    if sys.platform == "linux":
        _check(libc.prctl(_PR_SET_PDEATHSIG, plan["stop_signal"], 0, 0, 0), "prctl")
    if os.getppid() != plan["owner"]:
        return
    # What Python ignores would stay ignored in the server.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 - to become the server, without a shell, is the purpose


if __name__ == "__main__":
    try:
        _main(json.loads(sys.argv[1]), sys.argv[2:])
    except OSError as error:
        sys.stderr.write(f"cannot start {sys.argv[2]}: {error}\n")
    sys.exit(COULD_NOT_START)
