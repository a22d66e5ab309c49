"""The sign-in and sign-up screens: streamlit-authenticator's forms in front of our own accounts and sessions."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import streamlit as st
from streamlit_authenticator import Authenticate, Hasher

from lib import errors
from lib.accounts import operators, sessions, team, users, xsrf
from lib.accounts.users import User
from lib.billing import brand
from lib.errors import AppError, PasswordsDiffer
from lib.web import branding, browser, join_page, style, words

SIGN_IN, SIGN_UP = "Sign in", "Create an account"
_SIGN_IN_FIELDS = {"Form name": SIGN_IN, "Username": "Email", "Password": "Password", "Login": SIGN_IN}
_SIGN_UP_FIELDS = {
    "Form name": SIGN_UP,
    "First name": "First name",
    "Last name": "Last name",
    "Email": "Email",
    "Password": "Password",
    "Repeat password": "Password again",
    "Register": SIGN_UP,
}
_RULES = "10 to 72 characters; a short sentence works well."


def show(address: str) -> None:
    """Show the screen; after a good sign-in the browser goes on to ``address``, a path of this site."""
    style.apply()
    _left, middle, _right = st.columns([1, 2, 1])
    with middle, st.container(key="login"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            shown = brand.current()
            st.html(f'<img src="{branding.mark(shown)}" alt="" width="40" height="40">', width="content")
            st.title(words.plain(shown.title), anchor=False)
        st.caption("Subscription analytics for your Stripe account, exact and on your own server.")
        _say_why()
        invited, runs = _invited(), _runs_it()
        first = SIGN_UP if invited or runs or not users.anyone() else SIGN_IN
        choice = st.segmented_control(
            "Way in", [SIGN_IN, SIGN_UP], default=first, required=True, label_visibility="collapsed"
        )
        try:
            user = _Forms(invited, runs).sign_up() if choice == SIGN_UP else _Forms().sign_in()
            if user is not None:
                _enter(user, "/" if (invited or runs) and choice == SIGN_UP else address)
        except AppError as error:
            st.error(error.message)


def _say_why() -> None:
    """A redirect may name, by its code, the sentence that explains why this screen is here."""
    if reason := errors.by_code(st.query_params.get("status", "")):
        st.warning(reason.message)


def _invited() -> str | None:
    """The token of the invitation whose link was opened, if it still holds; says who invites."""
    token = st.query_params.get(join_page.INVITE)
    if not token:
        return None
    try:
        st.info(join_page.said(team.read(token, now=int(time.time()))))
    except AppError as error:
        st.warning(error.message)
        return None
    return token


def _runs_it() -> str | None:
    """The token of the link by which somebody whom OPERATORS names signs up."""
    token = st.query_params.get(operators.WORD)
    if token:
        st.info("This link is for whoever runs this server. Sign up with the email that it was made for.")
    return token


def _enter(user: User, address: str) -> None:
    """Send the browser to fetch its session cookie: a script can't set one that scripts can't read."""
    cookie = st.context.cookies.get(xsrf.COOKIE)
    ticket = sessions.issue_ticket(user.id, cookie, address, now=int(time.time()))
    browser.go(f"/session/start?{urlencode({'ticket': ticket})}")
    st.stop()


def _address() -> str:
    """Where the browser is, as far as the network tells; Streamlit gives none for this machine itself."""
    address = st.context.ip_address
    return address if isinstance(address, str) else "local"


class _Forms(Authenticate):  # type: ignore[misc] # published without types
    """The library's two forms without its cookie, its user list and its counters (docs/decisions/0006).

    The superclass is not initialised on purpose: it would put its cookie component into the page.
    """

    def __init__(self, invited: str | None = None, runs: str | None = None) -> None:
        self.path = None
        self.attrs = {"login_sleep_time": 0, "password_instructions": _RULES}
        self.cookie_controller = _NoCookie()
        self.authentication_controller = self.accounts = _Accounts(invited, runs)

    def sign_in(self) -> User | None:
        """Show the sign-in form; the user once it was filled in well. Raises AppError with the sentence to show."""
        self.login(fields=_SIGN_IN_FIELDS, key="sign-in")
        return self.accounts.user

    def sign_up(self) -> User | None:
        """Show the sign-up form; the new user once it was filled in well. Raises AppError like ``sign_in``."""
        self.register_user(
            fields=_SIGN_UP_FIELDS, captcha=False, password_hint=False, merge_username_email=True, key="sign-up"
        )
        return self.accounts.user


class _NoCookie:
    """Stands where the library keeps its own cookie, which scripts can read and nobody can revoke."""

    def get_cookie(self) -> None:
        """There is none."""

    def set_cookie(self) -> None:
        """None is made."""


class _Accounts:
    """What the library's forms hand their fields to."""

    def __init__(self, invited: str | None = None, runs: str | None = None) -> None:
        self.user: User | None = None
        self._invited, self._runs = invited, runs

    def login(self, username: str, password: str, *_limits: object, **_options: object) -> bool:
        """Check email and password. Raises WrongLogin or TooManyAttempts."""
        self.user = users.sign_in(username, password, address=_address(), hasher=Hasher, now=int(time.time()))
        return True

    def register_user(
        self,
        first_name: str,
        last_name: str,
        email: str,
        _username: str,
        password: str,
        repeated: str,
        *_more: object,
    ) -> tuple[str, str, str]:
        """Make the user, and a workspace unless one invites. Raises PasswordsDiffer and as users.sign_up."""
        if password != repeated:
            raise PasswordsDiffer
        name = f"{first_name.strip()} {last_name.strip()}".strip()
        now, invite = int(time.time()), self._invited
        seats = join_page.seats(invite, now=now) if invite else None
        self.user = users.sign_up(
            email, name, password, hasher=Hasher, now=now, invite=invite, seats=seats, operator=self._runs
        )
        return self.user.email, self.user.email, self.user.name
