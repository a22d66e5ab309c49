"""Sends email through the mail server that SMTP_URL names. Neither its password nor a letter is ever logged."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from lib.errors import MailFailed, MailNotSet
from lib.settings import settings

PATIENCE: Final = 20.0
"""Seconds that the mail server has for each answer."""
_PORTS: Final = {"smtp": 587, "smtps": 465}
_THIS_MACHINE: Final = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Letter:
    """One email. ``leave`` is the address that ends these letters with one click; ``by`` whom it says it comes from,
    unless MAIL_FROM names somebody.
    """

    to: str
    subject: str
    text: str
    html: str
    leave: str
    by: str | None = None


def ready() -> bool:
    """Whether SMTP_URL and MAIL_FROM are both set."""
    return bool(settings().smtp_url and settings().mail_from)


def send(letter: Letter) -> None:
    """Hand ``letter`` to the mail server. Raises MailNotSet, MailFailed."""
    message = _message(letter)
    try:
        with closing(_connection()) as server:
            server.send_message(message)
    except smtplib.SMTPAuthenticationError:
        raise MailFailed(reason="it does not accept the user name and password of SMTP_URL") from None
    except smtplib.SMTPRecipientsRefused:
        raise MailFailed(reason="it does not take mail for this address") from None
    except smtplib.SMTPResponseException as error:
        raise MailFailed(reason=f"it answered with the code {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed(reason=f"it could not be reached ({type(error).__name__})") from None


def _message(letter: Letter) -> EmailMessage:
    if not (sender := settings().mail_from):
        raise MailNotSet
    message = EmailMessage()
    message["From"], message["To"] = _sender(sender, letter.by), letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2].strip(" >"))
    message["List-Unsubscribe"] = f"<{letter.leave}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _sender(sender: str, by: str | None) -> str:
    """MAIL_FROM, with a name before a bare address."""
    named, address = parseaddr(sender)
    return formataddr((" ".join(by.split()), address)) if by and address and not named else sender


def _connection() -> smtplib.SMTP:
    """An open connection, signed in if SMTP_URL has a user. No password crosses the network unencrypted."""
    secret = settings().smtp_url
    if secret is None:
        raise MailNotSet
    url = urlsplit(secret.get_secret_value())
    try:
        port = url.port or _PORTS[url.scheme]
    except (KeyError, ValueError):
        raise MailNotSet from None
    if not url.hostname:
        raise MailNotSet
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(url.hostname, port, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(url.hostname, port, timeout=PATIENCE)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
        elif url.username and url.hostname not in _THIS_MACHINE:
            server.close()
            raise MailFailed(reason="it offers no encryption, so the password was not sent")
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    return server
