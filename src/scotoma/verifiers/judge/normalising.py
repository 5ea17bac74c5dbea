"""answer -> its normal form; reference + answer -> right, wrong, or a question for the judge.

Two answers with the same normal form say the same. The form folds, in this order:

1. Unicode compatibility forms and case ("３" -> "3", "STOP" -> "stop"); invisible characters are left out.
2. Punctuation that carries no meaning in a short answer: . , ; : ! ? and quotes and brackets around words, a comma
   between digits of a thousand ("1,000" -> "1000"), a hyphen between letters ("twenty-one" -> "twenty one"). Anything
   else stays: "C++" is not "C", "-5" is not "5", "50%" is not "50".
3. Number words from zero to ninety-nine: "twenty one" -> "21".
4. Articles before another word: "a red cup" -> "red cup"; the letter "A" alone stays.
5. A whole answer that is a word for yes or no: "Yep." -> "yes".

An answer of nothing but such punctuation keeps it. Meaning is not looked at: "cup" is not "mug" here; that is for the
comparison by the judge.
"""

from __future__ import annotations

import re
import unicodedata

_EDGE = ".,;:!?\"'`()[]{}\u2018\u2019\u201c\u201d\u00ab\u00bb\u2026"
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u2011](?=[^\W\d_])")
_ARTICLES = frozenset({"a", "an", "the"})
_YES = frozenset({"yes", "yeah", "yep", "yup"})
_NO = frozenset({"no", "nope", "nah"})
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {word: number for number, word in enumerate(_UNITS)}
_TENS_OF = {word: 10 * number for number, word in enumerate(_TENS, 2)}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})


def normal(answer: str) -> str:
    """The normal form of an answer; "" if nothing visible is in it. `normal(normal(x)) == normal(x)`.

    >>> normal("The Twenty-one red cups.")
    '21 red cups'
    """
    folded = _folded(answer)
    words = [stripped for word in folded.split() if (stripped := word.strip(_EDGE))]
    if not words:
        return " ".join(folded.split())
    words = _without_articles(_with_digits(words))
    if len(words) == 1 and words[0] in _YES | _NO:
        return "yes" if words[0] in _YES else "no"
    return " ".join(words)


def compare(reference: str, answer: str) -> bool | None:
    """True: the same normal form. False: yes against no, or two whole numbers that differ. None: a judge must tell."""
    first, second = normal(reference), normal(answer)
    if not first or not second:
        return None
    if first == second:
        return True
    if {first, second} == {"yes", "no"}:
        return False
    if _is_number(first) and _is_number(second) and int(first) != int(second):
        return False
    return None


def _folded(answer: str) -> str:
    text = unicodedata.normalize("NFKC", answer).casefold()
    text = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _INVISIBLE
    )
    return _HYPHEN.sub(" ", _THOUSANDS.sub("", text))


def _with_digits(words: list[str]) -> list[str]:
    """Number words as digits; a ten and a unit after it are one number."""
    told: list[str] = []
    at = 0
    while at < len(words):
        word, unit = words[at], _NUMBERS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        if word in _TENS_OF and 1 <= unit <= 9:
            told.append(str(_TENS_OF[word] + unit))
            at += 1
        elif word in _TENS_OF or word in _NUMBERS:
            told.append(str(_TENS_OF.get(word, _NUMBERS.get(word))))
        else:
            told.append(word)
        at += 1
    return told


def _without_articles(words: list[str]) -> list[str]:
    return [word for at, word in enumerate(words) if word not in _ARTICLES or at + 1 == len(words)]


def _is_number(form: str) -> bool:
    return form.isascii() and form.isdecimal() and len(form) <= 9
