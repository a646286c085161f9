"""Everything that can be set, by WELCOME_… environment variables. docs/settings.md lists them; a test compares."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.hours import hours_of


class Settings(BaseSettings):
    """The desk's settings. A channel without its credentials is off and says so."""

    model_config = SettingsConfigDict(env_prefix="WELCOME_", extra="ignore")

    database_url: str = Field("sqlite:///var/desk.db", description="SQLAlchemy URL: SQLite or PostgreSQL")
    public_url: str = Field(
        "http://127.0.0.1:8000", description="What providers and browsers see; Twilio signs it"
    )
    secret_keys: list[SecretStr] = Field([], description="JSON list of Fernet keys, newest first")
    twilio_account_sid: str = Field("", description="Twilio account")
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), description="Twilio token; also checks the signatures"
    )
    twilio_from: str = Field("", description="The sender: a number in E.164")
    twilio_messaging_service_sid: str = Field("", description="The sender instead of a number")
    twilio_api_url: str = Field("", description="Where Twilio's API is, when not at Twilio (tests)")
    sms_segments_per_second: float = Field(
        10.0, ge=0, description="SMS segments the sender may send a second; 0: no limit"
    )
    telegram_token: SecretStr = Field(SecretStr(""), description="The bot's token")
    telegram_webhook_secret: SecretStr = Field(SecretStr(""), description="Secret that Telegram sends along")
    telegram_api_url: str = Field("", description="Where Telegram's API is, when not at Telegram (tests)")
    sms_number: str = Field("", description="The number on posters and leaflets, when not the sender's")
    telegram_username: str = Field("", description="The bot's name on posters and leaflets, such as @name")
    telegram_per_second: float = Field(
        30.0, ge=0, description="Messages the Telegram bot may send a second; 0: no limit"
    )
    telegram_mode: Literal["webhook", "polling"] = Field("webhook", description="How updates arrive")
    smtp_host: str = Field("", description="The mail server through which staff are told by e-mail")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port; with tls mostly 465")
    smtp_user: str = Field("", description="The log-in at the mail server, if it wants one")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way to the mail server is encrypted; none: only inside one's own network",
    )
    mail_from: str = Field(
        "",
        pattern=r"^$|^([^<>@]*<)?[^<>@\s]+@[^<>@\s]+>?$",
        description="The sender of e-mail to staff, such as desk@leicester.example",
    )
    staff_group: str = Field(
        "", pattern=r"^(-?[0-9]{1,20})?$", description="Telegram chat id of the staff group that is told"
    )
    nlu_url: str = Field("", description="A Rasa server to ask instead of the model in process")
    translate_index: str = Field(
        "https://raw.githubusercontent.com/argosopentech/argospm-index/main/index.json",
        description="Where `welcome translate install` looks for packages: an address or a file",
    )
    translate_seconds: float = Field(
        2.0,
        ge=0,
        le=60,
        description="How long a page waits for a machine's translation; 0: no machine at all",
    )
    translate_models: int = Field(
        2, ge=1, le=20, description="Translation models in memory at once, about 90 MB each"
    )
    staff_hours: str = Field(
        "",
        description="When staff answer, in London: such as Mon-Fri 10:00-16:00, Sat 10:00-13:00",
    )
    sms_price: float = Field(
        0.0, ge=0, description="What one SMS segment costs, in pence, to show what an announcement costs"
    )
    broadcast_alone: int = Field(
        200, ge=0, description="So many people one member of staff may write to without a second person"
    )
    demo: bool = Field(False, description="Demo: /try, example sessions and staff, a key made under var/")
    drafts: Literal["send", "hold"] = Field(
        "send", description="Translations nobody has checked: send or hold"
    )
    languages: tuple[str, ...] = Field(
        (), description="JSON list of language codes offered; else those with texts"
    )
    digits: dict[str, Literal["latin", "native"]] = Field(
        {}, description='Languages written with their own digits: JSON such as {"ar": "native"}'
    )
    codes: Literal["optional", "required"] = Field(
        "optional", description="One-time codes at the log-in of managers and administrators"
    )
    oidc_issuer: str = Field("", description="The council's OpenID provider, for staff to log in with")
    oidc_client_id: str = Field("", description="What the provider calls the desk")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="The desk's secret there")
    oidc_name: str = Field("the council", description="On the button: Log in with …")
    oidc_username_claim: str = Field(
        "preferred_username", description="Which claim of the provider is the log-in name of an account here"
    )
    host: str = Field("127.0.0.1", description="Where the web server listens")
    port: int = Field(8000, description="Its port")

    @field_validator("staff_hours")
    @classmethod
    def _can_be_read(cls, written: str) -> str:
        hours_of(written)
        return written

    @property
    def sms_on(self) -> bool:
        sender = self.twilio_from or self.twilio_messaging_service_sid
        return bool(self.twilio_account_sid and self.twilio_auth_token.get_secret_value() and sender)

    @property
    def mail_on(self) -> bool:
        return bool(self.smtp_host and self.mail_from)

    @property
    def telegram_on(self) -> bool:
        webhook_safe = self.telegram_mode == "polling" or self.telegram_webhook_secret.get_secret_value()
        return bool(self.telegram_token.get_secret_value() and webhook_safe)

    @property
    def oidc_on(self) -> bool:
        return bool(self.oidc_issuer and self.oidc_client_id)

    @property
    def var(self) -> Path:
        """Where the desk keeps what it makes: the SQLite file, the demo key."""
        return Path("var")
