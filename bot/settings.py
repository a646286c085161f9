"""Everything that can be set, by WELCOME_… environment variables. docs/settings.md lists them; a test compares."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    telegram_token: SecretStr = Field(SecretStr(""), description="The bot's token")
    telegram_webhook_secret: SecretStr = Field(SecretStr(""), description="Secret that Telegram sends along")
    telegram_api_url: str = Field("", description="Where Telegram's API is, when not at Telegram (tests)")
    sms_number: str = Field("", description="The number on posters and leaflets, when not the sender's")
    telegram_username: str = Field("", description="The bot's name on posters and leaflets, such as @name")
    telegram_mode: Literal["webhook", "polling"] = Field("webhook", description="How updates arrive")
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
    host: str = Field("127.0.0.1", description="Where the web server listens")
    port: int = Field(8000, description="Its port")

    @property
    def sms_on(self) -> bool:
        sender = self.twilio_from or self.twilio_messaging_service_sid
        return bool(self.twilio_account_sid and self.twilio_auth_token.get_secret_value() and sender)

    @property
    def telegram_on(self) -> bool:
        webhook_safe = self.telegram_mode == "polling" or self.telegram_webhook_secret.get_secret_value()
        return bool(self.telegram_token.get_secret_value() and webhook_safe)

    @property
    def var(self) -> Path:
        """Where the desk keeps what it makes: the SQLite file, the demo key."""
        return Path("var")
