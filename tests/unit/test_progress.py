"""Progress of long commands where there is no terminal: a line now and then."""

from xerosync.cli.following import showing_progress
from xerosync.cli.terminal import progress


def test_without_a_terminal_a_line_says_how_far_it_is():
    with progress.capture() as printed, showing_progress("Into Xero", line_every=0) as step:
        step()
        step(3)
        step(1200, 5000)
    assert printed.get().splitlines() == ["Into Xero: (0 s)", "Into Xero: 3 (0 s)", "Into Xero: 1,200 of 5,000 (0 s)"]


def test_work_that_ends_within_ten_seconds_writes_no_line():
    with progress.capture() as printed, showing_progress("Into Xero") as step:
        step(1, 2)
    assert printed.get() == ""
