"""Settings: read once from the environment and ``.env``, frozen, each with a default that works offline.

With no Stripe keys at all the app runs in *sandbox mode*: the stand-in Stripe is served beside it, and its address
and keys are bound with :func:`bind_standin`, which also leaves them in ``DATA_DIR/standin.json`` for other processes.
"""

from __future__ import annotations

import json
import os
import secrets
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypedDict

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lib.errors import BadSettings


class Standin(TypedDict):
    """What the stand-in Stripe prints as its first line."""

    base: str
    secret_key: str
    client_id: str
    account: str
    restricted_key: str
    webhook_secret: str
    platform_webhook_secret: str
    platform_account: str


class Settings(BaseSettings):
    """All settings; names in the environment are the upper-case field names."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    stripe_secret_key: SecretStr | None = Field(None, description="Your platform's secret key (sk_…).")
    stripe_client_id: str | None = Field(None, description="Your Connect client id (ca_…).")
    stripe_webhook_secret: SecretStr | None = Field(None, description="Signing secret of the Connect webhook endpoint.")
    stripe_platform_webhook_secret: SecretStr | None = Field(
        None, description="Signing secret of your own account's webhook endpoint."
    )
    stripe_test_secret_key: SecretStr | None = Field(
        None,
        description="A second secret key, of the mode that STRIPE_SECRET_KEY is not (sk_test_… beside a live one): the "
        "Platform page and `doctor` check that mode with it; nothing else uses it.",
    )
    stripe_test_client_id: str | None = Field(
        None, description="The Connect client id (ca_…) of that second mode, for the same checks."
    )
    stripe_api_base: str = Field("https://api.stripe.com", description="Where Stripe's API is.")
    stripe_connect_base: str = Field("https://connect.stripe.com", description="Where Stripe's OAuth pages are.")
    stripe_connect_scope: str = Field("read_write", description="OAuth scope; new platforms get read_write only.")
    stripe_reads_per_second: float | None = Field(
        None, description="Reads a second for each account; by default 80 live, 20 test, unlimited on the stand-in."
    )
    billing: bool | None = Field(
        None,
        description="Whether the app charges for its plans: `on` or `off` (everything unlocked); by default on in "
        "sandbox mode and where a secret key and a price are set.",
    )
    stripe_price_id_pro: str | None = Field(None, description="Price of Pro by the month (price_…).")
    stripe_price_id_pro_yearly: str | None = Field(None, description="Price of Pro by the year.")
    stripe_price_id_business: str | None = Field(None, description="Price of Business by the month.")
    stripe_price_id_business_yearly: str | None = Field(None, description="Price of Business by the year.")
    billing_trial_days: int = Field(14, ge=0, le=730, description="Days that a workspace may try its first plan free.")
    billing_tax: bool = Field(
        False,  # noqa: FBT003 - pydantic takes the default by position
        description="Whether Stripe Tax works out taxes on our plans.",
    )
    application_fee_percent: Decimal | None = Field(
        None,
        ge=0,
        le=100,
        decimal_places=2,
        description="Our share of subscriptions that owners create here for their customers; by default 0, and 1 in "
        "sandbox mode.",
    )
    operators: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Emails of those who run this server, by commas; by default whoever signed up first."
    )
    database_url: str | None = Field(None, description="PostgreSQL URL; by default SQLite in DATA_DIR.")
    work_in_web: bool = Field(
        True,  # noqa: FBT003 - pydantic takes the default by position
        description="Whether web processes sync too; with PostgreSQL, `false` leaves that to workers.",
    )
    syncs_at_once: int = Field(
        4, ge=1, description="Accounts that one process syncs at the same time; the same for all processes."
    )
    data_dir: Path = Field(Path("data"), description="Where the app writes.")
    app_url: str = Field("http://localhost:8501", description="The app's public address, for OAuth and cookies.")
    port: int | None = Field(None, description="Port that the app listens on; by default the one of APP_URL.")
    bind_address: str | None = Field(
        None, description="Network address to listen on; by default this machine alone while APP_URL is localhost."
    )
    app_secret: SecretStr | None = Field(
        None, description="Key that encrypts stored secrets; by default made once in DATA_DIR/app_secret."
    )
    smtp_url: SecretStr | None = Field(
        None, description="Mail server for weekly summaries: smtps://name:password@host:465, or smtp:// with STARTTLS."
    )
    mail_from: str | None = Field(None, description="Address that weekly summaries come from.")
    sandbox_port: int = Field(8502, description="Port of the stand-in Stripe in sandbox mode.")
    sandbox_seed: int = Field(7, description="Seed of the demo business.")
    sandbox_months: int = Field(36, description="Months of history of the demo business.")
    sandbox_customers: int = Field(2200, description="Customers of the demo business.")

    @model_validator(mode="before")
    @classmethod
    def _address_follows_port(cls, values: dict[str, Any]) -> dict[str, Any]:
        """PORT=8600 alone is enough: the app is then at http://localhost:8600."""
        if values.get("port") and not values.get("app_url"):
            return values | {"app_url": f"http://localhost:{values['port']}"}
        return values

    @field_validator("operators", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        """``a@example.com, b@example.com`` as emails in lower case."""
        if isinstance(value, str):
            return tuple(each.strip().lower() for each in value.split(",") if each.strip())
        return value

    @property
    def sandbox_mode(self) -> bool:
        """True when neither a key nor Stripe's address is set: the stand-in serves instead."""
        named = {"stripe_secret_key", "stripe_client_id", "stripe_api_base"}
        return not any(getattr(self, name) for name in named & self.model_fields_set)

    @property
    def charging(self) -> bool:
        """Whether plans are sold and their limits hold; otherwise everything is unlocked."""
        if self.billing is not None:
            return self.billing
        return self.sandbox_mode or (self.stripe_secret_key is not None and any(self.price_ids.values()))

    @property
    def price_ids(self) -> dict[tuple[str, str], str | None]:
        """Stripe's price ids of our plans, by (plan, interval)."""
        return {
            ("pro", "month"): self.stripe_price_id_pro,
            ("pro", "year"): self.stripe_price_id_pro_yearly,
            ("business", "month"): self.stripe_price_id_business,
            ("business", "year"): self.stripe_price_id_business_yearly,
        }

    @property
    def fee_percent(self) -> Decimal:
        """Our share (percent) of subscriptions that owners create here for their customers."""
        if self.application_fee_percent is not None:
            return self.application_fee_percent
        return Decimal(int(self.sandbox_mode))

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the database."""
        if self.database_url:
            head, sep, tail = self.database_url.partition("://")
            driver = "postgresql+psycopg" if head in {"postgres", "postgresql"} else head
            return f"{driver}{sep}{tail}"
        return f"sqlite:///{self.data_dir.resolve() / 'plimsoll.sqlite'}"

    @property
    def https(self) -> bool:
        """Whether the public address is https, and cookies must be Secure."""
        return self.app_url.startswith("https://")

    @cached_property
    def secret(self) -> str:
        """The key material for encryption and hashing. Made once and kept in DATA_DIR when not set."""
        if self.app_secret:
            return self.app_secret.get_secret_value()
        return _kept_secret(self.data_dir / "app_secret")

    @property
    def standin_file(self) -> Path:
        """Where the running stand-in's address and keys are left for other processes."""
        return self.data_dir / "standin.json"


def keep_private(folder: Path) -> None:
    """From now on what this process writes is its owner's alone; so is ``folder``, made if need be (customers' data).

    A folder of somebody else's (a mounted volume) keeps its mode.
    """
    os.umask(0o077)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(0o700)


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text("utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        value = secrets.token_urlsafe(48)
        file.write(value)
    return value


_current: Settings | None = None
_standin: Standin | None = None


def settings() -> Settings:
    """The settings of this process, read at the first call.

    Raises BadSettings, which names what is wrong and never shows a value.
    """
    global _current  # noqa: PLW0603 - one frozen value, replaced as a whole
    if _current is None:
        try:
            _current = Settings()
        except ValidationError as error:
            wrong = "; ".join(f"{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors() if each["loc"])
            raise BadSettings(detail=wrong) from None
    return _current


def replace(value: Settings | None) -> None:
    """Use ``value`` from now on; ``None`` reads the environment again at the next call. For start-up and tests."""
    global _current, _standin
    _current, _standin = value, None


def bind_standin(info: Standin) -> Settings:
    """Point Stripe settings at a running stand-in and leave its address in DATA_DIR for other processes."""
    global _standin  # noqa: PLW0603 - see settings()
    _standin = info
    path = settings().standin_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(info), encoding="utf-8")
    return settings()


def standin() -> Standin | None:
    """The bound stand-in, from this process or from ``DATA_DIR/standin.json``; None outside sandbox mode."""
    if not settings().sandbox_mode:
        return None
    if _standin is not None:
        return _standin
    try:
        loaded: Standin = json.loads(settings().standin_file.read_text("utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    return loaded
