"""Does the database answer, and are its tables those of this version?"""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from lib.errors import DatabaseUnavailable
from lib.store.engine import alembic_config, reading


def ping() -> None:
    """Ask the database for nothing. Raises DatabaseUnavailable when it does not answer."""
    try:
        with reading() as db:
            db.connection().execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise DatabaseUnavailable from error


def up_to_date() -> bool:
    """Whether every migration of this version has been applied. Raises DatabaseUnavailable."""
    try:
        with reading() as db:
            connection = db.connection()
            applied = MigrationContext.configure(connection).get_current_heads()
            return set(applied) == set(ScriptDirectory.from_config(alembic_config(connection)).get_heads())
    except SQLAlchemyError as error:
        raise DatabaseUnavailable from error
