"""How a process that has spoken to Temporal ends."""

import logging
import os
import sys
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End the process with that exit status, its output flushed, without tearing the interpreter down.

    Temporal's core runs threads that may call into an interpreter which is already going, and then abort the
    process: about one run in ten ended with status 134 instead of its own (temporalio/sdk-python issue 300).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
