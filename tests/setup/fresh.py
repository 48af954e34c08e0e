"""A fresh clone in a hard folder, under an account, with one Python: what `make` does there."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from tests.setup.hard_folder import UMASK, bare_environment, hard_folder

ROOT = Path(__file__).parents[2]
ORDINARY = "nobody"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class Row:
    """Who sets the product up (`as_ordinary`: root becomes somebody else), and with which Python."""

    as_ordinary: bool
    python: str

    @property
    def before(self) -> tuple[str, ...]:
        """What makes a command run under the account."""
        if not self.as_ordinary or os.geteuid() != 0:
            return ()
        group = str(pwd.getpwnam(ORDINARY).pw_gid)
        return ("setpriv", f"--reuid={ORDINARY}", f"--regid={group}", "--clear-groups")

    def interpreter(self) -> str | None:
        """Return the first Python of this version that the account can run and make environments with."""
        found = (shutil.which(name) for name in (f"python{self.python}", "python3"))
        installed = sorted(Path(sys.base_prefix).parent.glob(f"{self.python}*/bin/python3"))
        for each in (*found, f"/usr/bin/python{self.python}", *map(str, installed)):
            if each and self._runs(each):
                return each
        return None

    def _runs(self, python: str) -> bool:
        program = f"import ensurepip, sys; sys.exit('%d.%d' % sys.version_info[:2] != '{self.python}')"
        try:
            return (
                subprocess.run((*self.before, python, "-c", program), capture_output=True, check=False).returncode == 0
            )
        except OSError:
            return False


@dataclass(frozen=True)
class Fresh:
    """A clone that nothing was done in yet."""

    row: Row
    python: str
    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it to its end; fail with what it said where it fails."""
        with self.started(*command) as process:
            said, _ = process.communicate()
        assert process.returncode == 0, f"{' '.join(command)}: {said[-4000:]}"
        return subprocess.CompletedProcess(command, 0, said)

    def make(self, target: str) -> str:
        return self.run("make", f"PYTHON={self.python}", target).stdout

    def starter(self, *arguments: str) -> str:
        return self.run(".venv/bin/python", "starter.py", *arguments).stdout

    @contextmanager
    def up(self) -> Generator[dict[str, str | None]]:
        """Run `make up` as in a terminal; give the settings of the running stack, and press Ctrl-C at the end."""
        with self.started("make", f"PYTHON={self.python}", "up") as process:
            assert process.stdout
            said = ""
            while "Ctrl-C stops it" not in said and (line := process.stdout.readline()):
                said += line
            assert "Ctrl-C stops it" in said, said[-4000:]
            try:
                yield dotenv_values(self.folder / ".xerosync" / "up" / "running.env")
            finally:
                os.killpg(process.pid, signal.SIGINT)
                rest, _ = process.communicate()
            assert "Stopping; everything is kept." in rest

    @contextmanager
    def started(self, *command: str) -> Generator[subprocess.Popen[str]]:
        with subprocess.Popen(
            (*self.row.before, *command),
            cwd=self.folder,
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            umask=UMASK,
            start_new_session=True,
        ) as process:
            try:
                yield process
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise


@contextmanager
def fresh_clone(row: Row, python: str) -> Generator[Fresh]:
    """Copy what git knows of this checkout to a hard folder that belongs to the account; it is removed at the end."""
    base = Path(tempfile.mkdtemp(prefix="xerosync-"))
    try:
        folder = hard_folder(base)
        listed = subprocess.run(
            ("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        for path in (base, *base.rglob("*")):
            path.chmod(path.stat().st_mode & 0o700)
            if row.before:
                shutil.chown(path, ORDINARY, pwd.getpwnam(ORDINARY).pw_gid)
        yield Fresh(row, python, folder)
    finally:
        shutil.rmtree(base)
