"""The tokens are those that the store's parser sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance_server.protocol.tokens import TOKEN, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASK{?s a ex:b}", ["word ASK", "sign {", "variable ?s", "word a", "name ex:b", "sign }"]),
        ("'a'@en--ltr", ["string 'a'", "language @en--ltr"]),
        ('"""a"b\\""""\'c\\\'d\'', ['string """a"b\\""""', "string 'c\\'d'"]),
        ("'''a''b'''''", ["string '''a''b'''", "string ''"]),
        ("<<( <a:> )>>", ["sign <<", "sign (", "iri <a:>", "sign )", "sign >>"]),
        ("<<<a:> ?p 1>>", ["sign <<", "iri <a:>", "variable ?p", "number 1", "sign >>"]),
        ("?a<<b:#>", ["variable ?a", "sign <", "iri <b:#>"]),
        ("?a<?b&&1", ["variable ?a", "sign <", "variable ?b", "sign &&", "number 1"]),
        ("{| ?a |}", ["sign {", "sign |", "variable ?a", "sign |", "sign }"]),
        ("'1'^^x:y", ["string '1'", "sign ^^", "name x:y"]),
        ("1.5e-3 .5 1. 2e5x", "number 1.5e-3,sign .,number 5,number 1,sign .,number 2e5,word x"),
        ("true.FILTER", ["word true", "sign .", "word FILTER"]),
        ("x:a.b x:a.b.c", "name x:a.b,name x:a.b,sign .,word c"),
        ("x:a. _:b", ["name x:a", "sign .", "name _:b"]),
        ("x:a\\'b%41-c:d", ["name x:a\\'b%41-c:d"]),
        ("a.b:c", ["name a.b:c"]),
        (r"<http://x/\u0041#> # <x>", [r"iri <http://x/\u0041#>"]),
        ("a#b\rc#d\ne", ["word a", "word c", "word e"]),
        ("\\u0053E", ["escape \\u", "number 0053", "word E"]),
    ],
)
def test_text_is_taken_apart(text: str, expected: list[str] | str) -> None:
    """Each token ends where the store's parser ends it, and has the kind that it has there."""
    wanted = expected.split(",") if isinstance(expected, str) else expected
    assert [f"{kind} {token}" for kind, token in tokens(text)] == wanted


@given(st.text(st.sampled_from("aA1_:.<>\"'\\#?@{}()[]|&^!/+-%u04 \n\r\x00é·"), max_size=60))
def test_every_character_belongs_to_one_token(text: str) -> None:
    """Nothing is left out between tokens, and nothing is read twice, whatever the text."""
    assert "".join(match.group() for match in TOKEN.finditer(text)) == text
