"""`openai:MODEL@BASE_URL[,option=...]` -> Compatible, and back: a model behind the OpenAI chat API."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scotoma.errors import SpecError
from scotoma.specs.reading import options, options_text, shown, whole_number

FORM = "openai:MODEL@BASE_URL[,key_env=NAME,price_in=...,price_out=...,rpm=...,...]"
"""How it is written, in short, for messages."""


@dataclass(frozen=True, slots=True)
class Compatible:
    """A model behind an OpenAI-compatible server. None: not given, see `models/compatible.py` for what is done then.

    base_url:    up to the part before `/chat/completions`, without a slash at its end.
    key_env:     NAME of the environment variable that holds the key; the key itself is never part of a SPEC.
    price_in, price_out: US dollars a million prompt, completion tokens; 0 for a server of one's own.
    rpm, tpm:    requests, tokens a minute that may be sent.
    concurrency: calls under way at once.
    max_side:    longest side of a picture that is sent, pixels.
    timeout:     seconds after which a call is given up.
    """

    model: str
    base_url: str
    key_env: str | None = None
    price_in: float | None = None
    price_out: float | None = None
    rpm: int | None = None
    tpm: int | None = None
    concurrency: int | None = None
    max_side: int | None = None
    timeout: float | None = None

    @property
    def address(self) -> str:
        """`openai:MODEL@BASE_URL`: which model it is, whatever it costs and however it is paced."""
        return f"openai:{self.model}@{self.base_url}"

    def __str__(self) -> str:
        numbers = {
            "price_in": self.price_in, "price_out": self.price_out, "rpm": self.rpm, "tpm": self.tpm,
            "concurrency": self.concurrency, "max_side": self.max_side, "timeout": self.timeout,
        }  # fmt: skip
        given = {name: None if value is None else _text(value) for name, value in numbers.items()}
        return self.address + options_text({"key_env": self.key_env, **given})


_OPTIONS = (
    "key_env", "price_in", "price_out", "rpm", "tpm", "concurrency", "max_side", "timeout",
)  # fmt: skip

_COUNTS = {
    "rpm": (1, 10_000_000),
    "tpm": (1, 10_000_000_000),
    "concurrency": (1, 1024),
    "max_side": (16, 16_384),
}
_PRICES = (0.0, 1_000_000.0)
_SECONDS = (0.01, 86_400.0)

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,20})?(e-?[0-9]{1,2})?")


def parse_compatible(rest: str, whole: str) -> Compatible:
    """What stands behind "openai:". Raises SpecError, one line that shows no key and no user."""
    # A model's name may hold anything, also "@" and ":"; the address is what follows the last "@http://".
    found = re.fullmatch(r"(?P<model>.*)@(?P<url>https?://[^,]*)(,(?P<tail>.*))?", rest)
    if found is None or not found["model"].strip():
        raise SpecError(
            f"{shown(whole)}: write openai:MODEL@BASE_URL, such as openai:llava@http://localhost:8000/v1"
        )
    if found["model"] != found["model"].strip():
        raise SpecError(f"{shown(whole)}: has blanks around the model's name: remove them")
    url = _base_url(found["url"], whole)
    tail = found["tail"]
    if tail is not None and (not tail or tail.endswith(",")):
        raise SpecError(f"{shown(whole)}: ends with a comma: remove it, or name an option")
    given = _options(tail or "", whole)
    counts = {
        name: whole_number(name, given[name], *limits, whole)
        for name, limits in _COUNTS.items()
        if name in given
    }
    return Compatible(
        found["model"],
        url,
        _key_env(given.get("key_env"), whole),
        _number("price_in", given.get("price_in"), *_PRICES, whole),
        _number("price_out", given.get("price_out"), *_PRICES, whole),
        **counts,
        timeout=_number("timeout", given.get("timeout"), *_SECONDS, whole),
    )


def _options(tail: str, whole: str) -> dict[str, str]:
    for part in tail.split(","):
        name = part.partition("=")[0]
        if name not in _OPTIONS and re.search("key|token|secret|password", name, re.IGNORECASE):
            raise SpecError(
                f"{shown(whole)}: a SPEC holds no key: put it into an environment variable "
                "and name that by key_env=NAME"
            )
    return options(tail, _OPTIONS, whole)


def _base_url(url: str, whole: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SpecError(f"{shown(whole)}: its address is no URL: write http(s)://HOST[:PORT]/v1") from None
    if "@" in parts.netloc:
        raise SpecError(
            f"{shown(whole)}: a URL must not hold a user or a key: put the key into an environment variable "
            "and name that by key_env=NAME"
        )
    if not host or re.search(r"\s|\\", url):
        raise SpecError(f"{shown(whole)}: its address names no host: write http(s)://HOST[:PORT]/v1")
    if "?" in url or "#" in url:
        raise SpecError(f"{shown(whole)}: the address must end with its path: remove what follows ? or #")
    return url.rstrip("/")


def _key_env(name: str | None, whole: str) -> str | None:
    # Capital letters alone, so that a key that was pasted here by mistake is refused, and shown nowhere.
    if name is not None and not re.fullmatch("[A-Z_][A-Z0-9_]{0,63}", name):
        raise SpecError(
            f"{shown(whole)}: key_env takes the NAME of an environment variable, in capitals, never a key"
        )
    return name


def _number(name: str, value: str | None, low: float, high: float, whole: str) -> float | None:
    if value is None:
        return None
    number = float(value) if _NUMBER.fullmatch(value) else math.nan
    if not low <= number <= high:
        raise SpecError(f"{shown(whole)}: {name}={shown(value)}: allowed is {low:g} to {high:g}")
    return number


def _text(value: int | float) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
