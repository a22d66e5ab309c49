"""Every failure a user may meet, one class each. The docstring is the sentence the user reads.

A docstring may hold ``{placeholders}``; the keyword arguments of the exception fill them. Nothing secret may be
passed in: these sentences reach pages, the command line, HTTP answers and logs alike.
"""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import ClassVar, Final


class AppError(Exception):
    """Something went wrong. Please try again."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    blanks: ClassVar[dict[str, str]] = {}
    """What stands in a placeholder that nobody filled: a redirect carries an error's code and no details."""

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole sentence for the user: what is wrong and what to do."""
        text = " ".join(inspect.cleandoc(type(self).__doc__ or "").split())
        return text.format_map(_Blank({**self.blanks, **self.details}))

    @property
    def code(self) -> str:
        """A stable name for machines, the class's name in snake_case: ``state_expired``."""
        return "".join("_" + c.lower() if c.isupper() else c for c in type(self).__name__).lstrip("_")


class _Blank(dict[str, object]):
    """A missing placeholder reads as an empty string: a half sentence beats a second exception."""

    def __missing__(self, key: str) -> str:
        return ""


# --- Signing in -------------------------------------------------------------------------------------------------------


class NotSignedIn(AppError):
    """Please sign in first."""

    status = HTTPStatus.UNAUTHORIZED


class NotYourRole(AppError):
    """Your role in this workspace, {role}, does not allow that. An owner can do it, or change your role in Settings."""

    status = HTTPStatus.FORBIDDEN


class WorkspaceChanged(AppError):
    """You have switched to another workspace in the meantime, so nothing was done here. Close this and open the page again."""

    status = HTTPStatus.CONFLICT


class InviteGone(AppError):
    """This invitation is no longer valid: it was used, taken back, or is older than seven days. Ask for a new link."""

    status = HTTPStatus.NOT_FOUND


class AlreadyMember(AppError):
    """You are already in {workspace}. The link still works for somebody else."""


class NotAMember(AppError):
    """That person is no longer in this workspace. Reload the page to see who is."""

    status = HTTPStatus.NOT_FOUND


class LastOwner(AppError):
    """A workspace needs an owner. Make somebody else an owner first."""


class WrongLogin(AppError):
    """That email and password do not match. Check both and try again."""

    status = HTTPStatus.UNAUTHORIZED


class WrongPassword(AppError):
    """That is not your current password. Check it and try again; nothing was changed."""

    status = HTTPStatus.FORBIDDEN


class TooManyAttempts(AppError):
    """Too many failed sign-ins. Wait {minutes} minutes, then try again."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class EmailTaken(AppError):
    """There is already an account with this email. Sign in instead."""

    status = HTTPStatus.CONFLICT


class BadEmail(AppError):
    """That does not look like an email address. Write it like name@example.com."""


class WeakPassword(AppError):
    """Choose a password of 10 to 72 characters; a short sentence works well. Accents and emoji count as more than one."""


class BadApiKey(AppError):
    """This needs a valid API key, sent as “Authorization: Bearer plim_…”."""

    status = HTTPStatus.UNAUTHORIZED


class PasswordsDiffer(AppError):
    """The two passwords are not the same. Type both again."""


class OperatorUnnamed(AppError):
    """{email} is not listed as running this server. Add it to OPERATORS first, and restart."""

    blanks: ClassVar[dict[str, str]] = {"email": "This email"}


class OperatorLinkNeeded(AppError):
    """This email belongs to whoever runs this server, who signs up by a link. On the server, `python -m lib operator EMAIL` prints it."""

    status = HTTPStatus.FORBIDDEN


class OperatorLinkGone(AppError):
    """This link is too old or was made for another email. On the server, `python -m lib operator EMAIL` prints a new one."""

    status = HTTPStatus.FORBIDDEN


class NameMissing(AppError):
    """Please enter your name; it is shown to you and to the people you work with here."""


class CookiesBlocked(AppError):
    """Your browser did not send this page's cookie, so you can't be signed in. Allow cookies for this site and load the page again."""


class TicketRefused(AppError):
    """That sign-in was not finished in time or in the same browser. Please sign in once more."""

    status = HTTPStatus.FORBIDDEN


class FormForeign(AppError):
    """This form was not sent from our own page, so nothing was done. Go back and try again."""

    status = HTTPStatus.FORBIDDEN


class NotAllowed(AppError):
    """You are signed in, but this belongs to another workspace. Switch to that workspace first, or ask to be invited there."""

    status = HTTPStatus.FORBIDDEN


# --- Connecting a Stripe account --------------------------------------------------------------------------------------


class ConnectDenied(AppError):
    """You chose not to give access at Stripe, so nothing was connected. You can start again whenever you like."""


class ConnectSignedOut(AppError):
    """You were signed out while you were at Stripe, so nothing was connected. Start again; it takes a few clicks."""

    status = HTTPStatus.UNAUTHORIZED


class ConnectFailed(AppError):
    """Stripe could not finish the connection, and nothing was connected. Start again, or paste a restricted key instead."""

    status = HTTPStatus.BAD_GATEWAY


class ConnectInterrupted(AppError):
    """Stripe did not answer while we were connecting, so nothing was connected. Start again from the Connect page."""

    status = HTTPStatus.BAD_GATEWAY


class DemoUnavailable(AppError):
    """This server shares its work among several machines, and the demo business lives on one. Connect with Stripe or paste a restricted key instead."""

    status = HTTPStatus.NOT_FOUND


class DemosTaken(AppError):
    """Every made-up business of this sandbox is connected to another workspace. Ask to be invited there, or disconnect one there first."""

    status = HTTPStatus.CONFLICT


class OtherAddress(AppError):
    """Stripe can only send you back to this address, and you started from another one. Sign in here, then connect."""


class StateMissing(AppError):
    """This link back from Stripe does not belong to a connection you started here. Start again from the Connect page."""


class StateExpired(AppError):
    """This link back from Stripe is older than ten minutes. Start again from the Connect page; it takes a few clicks."""


class StateForeign(AppError):
    """This connection was started in another browser or by somebody else. Start again from the Connect page."""

    status = HTTPStatus.FORBIDDEN


class CodeRefused(AppError):
    """Stripe no longer accepts this connection code: it was used already or it is too old. Start again from the Connect page."""


class ConnectUnavailable(AppError):
    """Connect with Stripe is not set up on this server: {missing} is missing. Paste a restricted key instead, or see the README."""

    blanks: ClassVar[dict[str, str]] = {"missing": "a Stripe key"}


class AlreadyConnected(AppError):
    """This Stripe account is connected to another workspace on this server. Choose another account at Stripe, or disconnect it there first under Settings."""

    status = HTTPStatus.CONFLICT


class KeyIsSecret(AppError):
    """This is a secret key (sk_…): it could move your money. Make a restricted key (rk_…) with read access in Stripe and paste that. Then roll (replace) the secret key in Stripe, since it was pasted here."""


class KeyIsPublishable(AppError):
    """This is a publishable key (pk_…): it can't read anything. Make a restricted key (rk_…) with read access in Stripe and paste that."""


class KeyMalformed(AppError):
    """This does not look like a restricted key: one starts with rk_live_ or rk_test_. Copy the whole key again from Stripe."""


class KeyRefused(AppError):
    """Stripe does not know this key: it may have been deleted, rolled or cut short. Copy it again from Stripe."""

    status = HTTPStatus.UNAUTHORIZED


class PermissionMissing(AppError):
    """Stripe says this key can't read {resources}. In the Stripe dashboard, edit the key and give it Read for each, then try again."""

    blanks: ClassVar[dict[str, str]] = {"resources": "all that is needed"}

    status = HTTPStatus.FORBIDDEN


# --- Talking to Stripe ------------------------------------------------------------------------------------------------


class StripeUnavailable(AppError):
    """Stripe is not answering just now. Nothing is lost: we try again automatically and carry on where we stopped."""

    status = HTTPStatus.BAD_GATEWAY


class DemoAsleep(StripeUnavailable):
    """The demo business can't be started just now, and nothing was changed. Try again in a minute; whoever runs this server finds the reason in standin.log."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class StripeBusy(AppError):
    """Stripe asks us to slow down. Nothing is lost: we wait and carry on where we stopped."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class StripeRefused(AppError):
    """Stripe refused a request: {reason}"""

    blanks: ClassVar[dict[str, str]] = {"reason": "it did not say why."}

    status = HTTPStatus.BAD_GATEWAY


class CardRefused(StripeRefused):
    """The card could not be charged: {reason}"""

    status = HTTPStatus.PAYMENT_REQUIRED
    blanks: ClassVar[dict[str, str]] = {"reason": "it was declined."}


class CardAsks(CardRefused):
    """The bank of this card wants its owner to confirm the payment, so nothing was charged."""


class ResourceMissing(AppError):
    """Stripe no longer has {what}."""

    blanks: ClassVar[dict[str, str]] = {"what": "what was asked for"}

    status = HTTPStatus.NOT_FOUND


class AccessRevoked(AppError):
    """Access to this Stripe account was withdrawn, so its figures no longer update. Connect it again to go on."""

    status = HTTPStatus.FORBIDDEN


class Disconnected(AppError):
    """This Stripe account was disconnected here while it was being read, so reading stopped."""

    status = HTTPStatus.FORBIDDEN


class SyncBroken(AppError):
    """Something unexpected stopped the sync. It is our mistake; nothing is lost. Try again, and please report it."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class BadSignature(AppError):
    """The delivery's signature does not verify: {reason}."""


class WebhookUnset(AppError):
    """Webhooks are not set up on this server: {missing} is missing."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class InboxFull(AppError):
    """Too many deliveries are waiting to be kept. Send this one again a little later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class InboxUnavailable(AppError):
    """The delivery can't be kept just now. Send it again a little later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class BadPayload(AppError):
    """The delivery's body can't be read: {reason}."""


class PayloadTooLarge(AppError):
    """The delivery is larger than {limit} bytes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


# --- Asking for figures -----------------------------------------------------------------------------------------------


class UnknownAccount(AppError):
    """No Stripe account {account} is connected here. Connect it first."""

    status = HTTPStatus.NOT_FOUND


class UnknownMetric(AppError):
    """There is no metric called “{slug}”. Known: {known}."""

    status = HTTPStatus.NOT_FOUND


class UnknownBreakdown(AppError):
    """{slug} can't be split by “{by}”. Known: {known}."""


class UnknownResource(AppError):
    """There is no table called “{resource}”. Known: {known}."""

    status = HTTPStatus.NOT_FOUND


class BadDate(AppError):
    """“{text}” is not a date that can be used. Write it like 2026-01-31."""


class BadRange(AppError):
    """The first day ({start}) is after the last day ({end}). Swap them."""


class SpanTooLong(AppError):
    """From {start} to {end} there are more than {most} {interval}s. Ask for fewer days at once, or for longer periods."""


class BeforeFirstDay(AppError):
    """Nothing had happened by {end}: this account's first day is {start}. Ask for a later day."""


class NoSuchPeriod(AppError):
    """No period of this span starts on {day}, or it has not begun yet. Pick one from the list."""

    status = HTTPStatus.NOT_FOUND


class BadInterval(AppError):
    """“{text}” is not an interval. Choose day, week or month."""


class BadRules(AppError):
    """“{value}” is not a setting for {name}. See docs/metrics.md for what each rule can be set to."""


class BadSegment(AppError):
    """This segment can't be used: {reason}."""

    blanks: ClassVar[dict[str, str]] = {"reason": "it says something we do not know"}


class UnknownSegment(AppError):
    """There is no segment called “{name}”. Known: {known}."""

    status = HTTPStatus.NOT_FOUND


class SegmentTaken(AppError):
    """There is already a segment called “{name}”. Choose another name."""

    status = HTTPStatus.CONFLICT


class BadGoal(AppError):
    """“{text}” can't be a goal. Write a number of 0 or more, such as 35,000, 35k or 2.5%."""


class GoalAmbiguous(AppError):
    """“{text}” can be read in two ways: as {decimal} or as {thousands}. Write it without a mark between thousands, or
    with other than three decimals.
    """


class GoalInAnotherCurrency(AppError):
    """“{text}” is not in {currency}, the currency of these figures. Write the goal in {currency}."""


class GoalInThePast(AppError):
    """A goal is for a day in the future. Choose a day after today."""


class GoalOnThatDay(AppError):
    """There is a goal for {day} already. Change that one, or choose another day."""


class UnknownGoal(AppError):
    """That goal is already gone; somebody else may have deleted it."""

    status = HTTPStatus.NOT_FOUND


class AnnotationEmpty(AppError):
    """Write what happened on that day; an annotation needs a few words."""


class UnknownAnnotation(AppError):
    """That annotation is already gone; somebody else may have deleted it."""

    status = HTTPStatus.NOT_FOUND


class UnknownRule(AppError):
    """There is no rule called “{name}”. Known: {known}."""


class CurrencyWithoutRates(AppError):
    """There are no exchange rates for {currency}, so amounts can't be shown in it. Choose one of {known}, or add daily rates first."""


class BadRateFile(AppError):
    """These exchange rates can't be read: {reason} Nothing was changed."""


class BadRatesAddress(AppError):
    """Rates can't be read from that address: {reason}"""


class RatesUnavailable(AppError):
    """The address of your exchange rates did not answer as it should: {reason} The rates you already have are kept."""

    status = HTTPStatus.BAD_GATEWAY


class HistoryTooShort(AppError):
    """A forecast needs {needed} full months with MRR, and this account has {months} so far. Come back on {day}."""

    status = HTTPStatus.CONFLICT


class NothingToForecast(AppError):
    """There was no MRR at the end of the last full month, so there is nothing to forecast from. A forecast comes back after the first full month that ends with MRR."""

    status = HTTPStatus.CONFLICT


class UnknownExport(AppError):
    """There is nothing called “{name}” to export. There are: {known}."""

    status = HTTPStatus.NOT_FOUND


class UnknownFormat(AppError):
    """There is no format called “{format}”. Known: {known}."""


class NotSyncedYet(AppError):
    """This account's history has not arrived yet. Wait for the progress bar to finish, or run a sync."""

    status = HTTPStatus.CONFLICT


class AmountsTooLarge(AppError):
    """The amounts of this account in {currency} are too large to be added up exactly, so no figure is shown. This is a limit of ours; please report it with this sentence."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class LedgerBroken(AppError):
    """The MRR ledger does not add up on {date}: {detail}. This is our mistake; please report it with this sentence."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class BackupExists(AppError):
    """{path} already exists, and no backup is overwritten. Choose another name."""


class BackupFailed(AppError):
    """{path} could not be copied, and nothing has changed: {reason}."""


class BackupUnreadable(AppError):
    """{path} can't be restored, and nothing has changed: {reason}."""


class BackupByServer(AppError):
    """Your data is in PostgreSQL, which makes its own backups while the app runs: pg_dump --format=custom --file={path} with your database's address, and pg_restore --clean --if-exists to put one back."""


class PortTaken(AppError):
    """Port {port} is taken by another program, perhaps by this app already running. Stop that, or choose another: PORT={other} make run"""


class OneAccountOnly(AppError):
    """This is about one account at a time. Choose one in the list at the top of the page, or with its acct_ id."""


class WhichAccount(AppError):
    """Several Stripe accounts are connected ({known}). Say which one: --account acct_…"""


class BadMrrFile(AppError):
    """{detail} In Stripe, open Billing, then Overview, then Download, and choose “MRR per subscriber per month” as CSV."""


class NothingConnected(AppError):
    """No Stripe account is connected yet. `python -m lib connect` or the Connect page adds one."""


class BadSettings(AppError):
    """The settings are not right: {detail}"""


# --- Saved views and notes --------------------------------------------------------------------------------------------


class BadView(AppError):
    """This view can't be saved: {reason}."""


class ViewNameTaken(AppError):
    """There is already a view called “{name}”. Choose another name, or delete that view first."""

    status = HTTPStatus.CONFLICT


class UnknownView(AppError):
    """This view no longer exists. Load the page again to see those that do."""

    status = HTTPStatus.NOT_FOUND


class TooManyViews(AppError):
    """You have saved {most} views, which is the most you can keep. Delete one that you no longer open, then save this one."""

    status = HTTPStatus.CONFLICT


class BadNote(AppError):
    """This note can't be saved: {reason}."""


class UnknownNote(AppError):
    """This note no longer exists. Load the page again to see those that do."""

    status = HTTPStatus.NOT_FOUND


# --- Plans and payment ------------------------------------------------------------------------------------------------


class PlanNeeded(AppError):
    """{feature} are part of the {plan} plan, {price}. An owner of this workspace can upgrade in Settings, Your plan."""

    status = HTTPStatus.PAYMENT_REQUIRED
    blanks: ClassVar[dict[str, str]] = {"feature": "These figures", "plan": "next", "price": "which costs more"}


class HistoryLocked(AppError):
    """On the {current} plan, figures begin on {first}. All of your history is kept; the {plan} plan, {price}, shows it."""

    status = HTTPStatus.PAYMENT_REQUIRED


class AccountLocked(AppError):
    """The {current} plan shows {shown} of your connected accounts, the oldest first. This one is kept up to date; the {plan} plan, {price}, shows it."""

    status = HTTPStatus.PAYMENT_REQUIRED


class TooManyAccounts(AppError):
    """Your plan has room for {limit}. Disconnect one first, or upgrade in Settings, Your plan."""

    status = HTTPStatus.PAYMENT_REQUIRED
    blanks: ClassVar[dict[str, str]] = {"limit": "as many accounts as are connected"}


class TooManySeats(AppError):
    """This workspace's plan has room for {limit}. An owner can make room or upgrade in Settings; the invitation stays valid."""

    status = HTTPStatus.PAYMENT_REQUIRED
    blanks: ClassVar[dict[str, str]] = {"limit": "as many people as are in it"}


class NoSeatLeft(AppError):
    """This workspace's plan has room for {limit}, and open invitations count. Take one back, or upgrade in Settings, Your plan."""

    status = HTTPStatus.PAYMENT_REQUIRED
    blanks: ClassVar[dict[str, str]] = {"limit": "as many people as are in it"}


class BillingOff(AppError):
    """This server charges for nothing: everything is unlocked. Set BILLING=on to sell plans."""

    status = HTTPStatus.NOT_FOUND


class PriceMissing(AppError):
    """The price of {plan} is not set up on this server. Whoever runs it can set {setting}, or make a price at Stripe with the lookup key {key}."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class PriceDiffers(AppError):
    """Stripe would charge a different amount for {plan} than this page says, so nothing was begun. Please tell whoever runs this server."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class UnknownPlan(AppError):
    """There is no such plan. Choose one of those in Settings, Your plan."""

    status = HTTPStatus.NOT_FOUND


class AlreadySubscribed(AppError):
    """This workspace has a plan already. Change it in Settings, Your plan, instead of buying a second one."""

    status = HTTPStatus.CONFLICT


class OtherStripeAccount(AppError):
    """These plans were sold with another Stripe key than the one that is set now, so nothing was changed. Whoever runs this server has to set that key again."""

    status = HTTPStatus.CONFLICT


class NotSubscribed(AppError):
    """This workspace has no paid plan, so there is nothing to change. Choose a plan first."""

    status = HTTPStatus.CONFLICT


class PlanNotCancelled(AppError):
    """Your plan could not be cancelled at Stripe, so nothing was deleted. {reason} Try again a little later."""

    status = HTTPStatus.BAD_GATEWAY
    blanks: ClassVar[dict[str, str]] = {"reason": ""}


class CheckoutUnknown(AppError):
    """That payment page does not belong to this workspace. Open Settings, Your plan, to see what you have."""

    status = HTTPStatus.NOT_FOUND


class CheckoutOpening(AppError):
    """Somebody is opening a payment page for this workspace right now, changing its plan, or deleting the workspace. Try again in a minute."""

    status = HTTPStatus.CONFLICT


class PaymentRefused(AppError):
    """The payment did not go through, so nothing was changed: {reason} Change the card at Stripe, then try again."""

    status = HTTPStatus.PAYMENT_REQUIRED
    blanks: ClassVar[dict[str, str]] = {"reason": "the card was declined."}


class KeepFirst(AppError):
    """Your bank wants you to confirm this payment, which can't be done for a plan that is about to end, so nothing was changed. Press Keep the plan first, then change it again."""

    status = HTTPStatus.CONFLICT


class NotConfirmedYet(AppError):
    """Stripe has no confirmation yet, so nothing is changed. Confirm the payment on its page, then press the button again."""

    status = HTTPStatus.CONFLICT


class PayFirst(AppError):
    """Something is still owed here. Pay it first in Settings, Your plan; then the plan can be changed, or another one chosen."""

    status = HTTPStatus.CONFLICT


class PortalNotSetUp(AppError):
    """Stripe's page for cards and invoices is not set up yet. Whoever runs this server saves its settings at Stripe; the Platform page says how."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class PreviewStale(AppError):
    """What this change costs has changed since you looked. Look at the new amounts, then confirm again."""

    status = HTTPStatus.CONFLICT


class NotTheOperator(AppError):
    """This page is for whoever runs this server."""

    status = HTTPStatus.FORBIDDEN


class ReadOnlyAccess(AppError):
    """This server may only read {account}, so it can't create a subscription there. Disconnect it, then connect it again with “Connect with Stripe” and allow changes."""

    status = HTTPStatus.FORBIDDEN
    blanks: ClassVar[dict[str, str]] = {"account": "this account"}


class DemoReadOnly(AppError):
    """{account} is made up, so nobody can be charged in it. Connect your own account with Stripe to create subscriptions there."""

    status = HTTPStatus.FORBIDDEN
    blanks: ClassVar[dict[str, str]] = {"account": "The demo business"}


class BadSubscription(AppError):
    """This subscription can't be created: {reason}."""

    blanks: ClassVar[dict[str, str]] = {"reason": "something in the form is wrong"}


class CustomerNotCharged(AppError):
    """The customer's card could not be charged, so nothing was created: {reason}"""

    status = HTTPStatus.PAYMENT_REQUIRED
    blanks: ClassVar[dict[str, str]] = {"reason": "it was declined."}


class CustomerMustConfirm(AppError):
    """The customer's bank wants them to confirm the payment, which only they can do, so nothing was created. Create the subscription in Stripe and let it send them an invoice, or give it a trial here."""

    status = HTTPStatus.PAYMENT_REQUIRED


class BadBrand(AppError):
    """This can't be used: {reason}."""


# --- Email ------------------------------------------------------------------------------------------------------------


class MailNotSet(AppError):
    """This server has no way to send email. Set SMTP_URL, like smtps://name:password@mail.example.com:465, and MAIL_FROM."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class MailFailed(AppError):
    """The mail server did not take the email: {reason}. Check SMTP_URL and MAIL_FROM, or try again later."""

    status = HTTPStatus.BAD_GATEWAY


class BadUnsubscribeLink(AppError):
    """This link is not complete, or this server did not make it. Sign in and open Settings, Notifications instead."""

    status = HTTPStatus.NOT_FOUND


# --- The database -----------------------------------------------------------------------------------------------------


class DatabaseUnavailable(AppError):
    """The database can't be reached. Check DATABASE_URL, or that DATA_DIR can be written to."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class NoRoom(AppError):
    """The disk that holds this server's data takes no more: it is full or failing. Make room; reading goes on where it stopped."""

    status = HTTPStatus.INSUFFICIENT_STORAGE


class DatabaseTooNew(AppError):
    """A newer version of Plimsoll has written this database. Start that version, or restore a backup from before."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class SealBroken(AppError):
    """A stored key can't be opened, because APP_SECRET is not the one that sealed it. Set the old one, or connect again."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


# --- What a redirect may say ------------------------------------------------------------------------------------------

TOLD: Final[tuple[type[AppError], ...]] = (
    NotSignedIn,
    TicketRefused,
    OtherAddress,
    ConnectSignedOut,
    ConnectDenied,
    ConnectFailed,
    ConnectInterrupted,
    ConnectUnavailable,
    StateMissing,
    StateExpired,
    StateForeign,
    CodeRefused,
    AlreadyConnected,
    KeyRefused,
    PermissionMissing,
    StripeUnavailable,
    StripeBusy,
    StripeRefused,
    ResourceMissing,
    AccessRevoked,
    SealBroken,
    TooManyAccounts,
    CheckoutUnknown,
    OtherStripeAccount,
)
"""All that /session/start, /billing/return, /oauth/start and /oauth/callback send back as a code; each reads whole without details."""


def by_code(code: str) -> AppError | None:
    """The error that a redirect of ours named by its code, without details; None for any other text in a URL."""
    return next((kind() for kind in TOLD if kind().code == code), None)
