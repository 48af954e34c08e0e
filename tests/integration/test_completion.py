"""What a shell completes of the command line."""

import re
import subprocess
from pathlib import Path

import pytest

from starter import app, main
from tests.integration.program import STARTER


def test_bash_runs_and_completes_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["completion", "bash"]) == 0
    (tmp_path / "completion.bash").write_text(capsys.readouterr().out)
    typed = ["st", "status --hold cust", "settings --unset sweep", "reconcile --fi", "push", ""]
    script = """
        source completion.bash
        while read -r line; do
            read -r -a words <<< "$line"
            [[ $line == *" " || -z $line ]] && words+=("")
            COMP_WORDS=(xerosync "${words[@]}") COMP_CWORD=${#words[@]} COMPREPLY=()
            _xerosync xerosync "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
            echo "${COMPREPLY[*]}"
        done
        xerosync --version
    """
    ended = subprocess.run(
        ["bash", "--norc", "-c", script],
        input="\n".join((*typed, "")),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    *offered, everything, version = ended.stdout.splitlines()
    assert (offered, ended.stderr) == (
        ["status", "customer_unlinked", "sweep-interval", "--fix", "push-again push-customer"],
        "",
    )
    assert set(everything.split()) == {name for name in app if not name.startswith("-")}
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_zsh_completes_by_a_function_that_the_script_defines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "zsh"]) == 0
    script = capsys.readouterr().out
    [function] = re.findall(r"^compdef (\w+) xerosync$", script, re.MULTILINE)
    assert f"{function}() {{" in script


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete_every_command(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert str(STARTER) in script.splitlines()[0]
    assert all(name in script for name in app if not name.startswith("-"))
