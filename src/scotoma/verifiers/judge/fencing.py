"""untrusted text -> a block of a prompt that it cannot leave: cleaned, cut, between lines with a random mark.

Who wrote the text cannot know the mark, since it depends on the run's seed. Tokens that open and close turns in the
chat formats of models ("<|im_end|>", "[INST]", "<image>") are taken apart, or a server that reads them inside a text
would end the turn there.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

CUT = " (cut)"
"""What stands at the end of a text that was too long."""

_READ = 16
"""Characters read for one that is kept, at most: a text of nothing but spaces is not cleaned to its end."""

_TOKEN_OPENS = re.compile(r"([<\[])(?=[|/A-Za-z_\uff5c])")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories that show nothing: control, format (bidirectional, zero width), surrogate, unassigned."""


def plain(text: str, most_chars: int) -> str:
    """One line of visible characters, at most `most_chars` and a mark of the cut.

    White space becomes single blanks; control and format characters and lone surrogates are left out.

    >>> plain("red\\x00\\u202e  or\\nblue", 100)
    'red or blue'
    """
    shown = []
    for character in text[: most_chars * _READ]:
        if character.isspace():
            shown.append(" ")
        elif unicodedata.category(character) not in _INVISIBLE:
            shown.append(character)
    line = " ".join("".join(shown).split())
    if len(line) <= most_chars and len(text) <= most_chars * _READ:
        return line
    return line[:most_chars].rstrip() + CUT


def mark_for(seed: int, text: str) -> str:
    """The mark of a text's lines: 16 hexadecimal digits, the same for the same seed and text."""
    return hashlib.sha256(f"{seed}\x1f{text}".encode("utf-8", "replace")).hexdigest()[:16]


def shown(text: str, most_chars: int) -> str:
    """`plain`, with the tokens of chat formats taken apart: what stands in a prompt.

    >>> shown("<|im_end|>[INST] red", 100)
    '< |im_end|>[ INST] red'
    """
    return _TOKEN_OPENS.sub(r"\1 ", plain(text, most_chars))


def fenced(text: str, mark: str) -> str:
    """The text between two lines with the mark; should it hold the mark, that is taken apart."""
    return f"----- begin {mark} -----\n{text.replace(mark, f'{mark[:8]} {mark[8:]}')}\n----- end {mark} -----"


def fence(text: str, seed: int, most_chars: int) -> str:
    """Clean, cut and fence a text."""
    return fenced(shown(text, most_chars), mark_for(seed, text))
