"""What all tables share: names, and column types that say their unit.

* ``Seconds``: UTC epoch seconds, as Stripe gives them. ``Minor``: integer minor units of the row's ``currency``.
* ``Decimal``: an exact decimal number as text. ``Json``: a JSON value (dict, list or null).
* Any column of a mirrored object may be null: Stripe's shapes change, and a tombstone knows nothing but its id.

A column called ``metadata`` in the database is ``metadata_`` on the class, because SQLAlchemy owns the plain name.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, MetaData
from sqlalchemy import Table as CoreTable
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

Text = str | None
Decimal = str | None
Flag = bool | None
Seconds = Annotated[int | None, Field(sa_type=BigInteger)]
Minor = Annotated[int | None, Field(sa_type=BigInteger)]
Count = Annotated[int | None, Field(sa_type=BigInteger)]
Instant = Annotated[int, Field(sa_type=BigInteger)]
"""UTC epoch seconds that are always known."""
Json = Annotated[Any, Field(sa_type=JSON(none_as_null=True), nullable=True)]


class Table(SQLModel):
    """A table named after its class in snake_case: ``BalanceTransaction`` is ``balance_transaction``."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy hands over the class
        """The table's name in the database."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class Mirror(Table):
    """A copy of a Stripe object of one account. The key is (account, id)."""

    KEPT_WHEN_DELETED: ClassVar[bool] = False
    """Deleted rows stay in frames, because history still refers to them."""

    account: str = Field(primary_key=True, description="Stripe's acct_ id.")
    id: str = Field(primary_key=True, description="Stripe's id.")
    observed_at: float = Field(description="Epoch seconds at which the refetch that saw this started; 0: never seen.")
    deleted: bool = Field(default=False, description="Stripe has deleted it: a tombstone.")


Row = tuple[type[Mirror], dict[str, Any]]
"""A row to write: its table and the columns to set, by database name. Columns that are left out keep their value."""


def metadata_column() -> Any:  # noqa: ANN401 - what Field() itself is declared to return
    """Stripe's ``metadata``: a JSON object of strings."""
    return Field(default=None, sa_column=Column("metadata", JSON(none_as_null=True)))


def core(table: type[SQLModel]) -> CoreTable:
    """The SQLAlchemy table behind a class."""
    found: CoreTable = table.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table classes at run time
    return found


def columns(table: type[SQLModel]) -> tuple[str, ...]:
    """The database column names of a table, in order."""
    return tuple(column.name for column in core(table).columns)
