"""Names, e-mail addresses and tax numbers brought to one form, so that two ways of writing the same compare equal."""

import re
import unicodedata

_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
_SILENT = re.compile("['`.\u00b4\u2018\u2019\u02bb]")
"""Signs within a word: the dot of an abbreviation and every kind of apostrophe."""
_NOT_A_WORD = re.compile(r"[\W_]+")

_LEGAL_FORMS = {
    "limited": "ltd",
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
}


def fold(text: str) -> str:
    """Return words in lower case without accents and punctuation: "Côte d'Ivoire" is "cote divoire".

    A text of signs alone is only put into lower case.
    """
    letters: list[str] = []
    lower = unicodedata.normalize("NFKD", text).casefold().translate(_NOT_DECOMPOSED)
    for letter in unicodedata.normalize("NFKD", lower):
        # Accents are dropped; the marks of other scripts change the letter.
        if not (unicodedata.combining(letter) and letters and letters[-1].isascii()):
            letters.append(letter)
    plain = unicodedata.normalize("NFC", "".join(letters)).replace("&", " and ")
    words = _NOT_A_WORD.sub(" ", _SILENT.sub("", plain)).strip()
    return words or " ".join(text.casefold().split())


def name_key(name: str) -> str:
    """Return what two ways of writing a company's name have in common: "ACME Limited" and "Acme Ltd."."""
    words = " ".join(_LEGAL_FORMS.get(word, word) for word in fold(name).split())
    return words.replace("public ltd co", "plc")


def email_key(email: str) -> str:
    """Return an e-mail address in lower case."""
    return email.strip().casefold()


def tax_key(number: str) -> str:
    """Return a tax number without spaces and signs, in capitals; empty where nothing is left."""
    return "".join(letter for letter in number if letter.isalnum()).upper()
