"""``python -m lib.store.migrations "what changes"``: write the next step by comparing the tables with the database."""

from __future__ import annotations

import sys

from alembic import command

from lib.store.engine import MIGRATIONS, alembic_config, engine, migrate


def main() -> None:
    """Bring the configured database up to date, then write a step with whatever the tables have beyond it."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit(__doc__)
    migrate()
    number = len(list((MIGRATIONS / "versions").glob("*.py"))) + 1
    with engine().connect() as connection:
        config = alembic_config(connection)
        command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    main()
