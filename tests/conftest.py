"""What every tier of tests shares."""

pytest_plugins = ["tests.embedded_fixtures"]
