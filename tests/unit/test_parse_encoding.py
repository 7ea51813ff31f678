from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import UnreadableFeedError
from aggregator.parse import parse
from aggregator.parse.encoding import decode

CHINESE = "今天天气很好，我们去公园散步。" * 3
JAPANESE = "今日はいい天気ですね、カタカナも。" * 3
KOREAN = "오늘은 날씨가 좋네요." * 3
RUSSIAN = "Сегодня хорошая погода." * 3
GERMAN = "Jörg größer wäre überall fröhlich"


def xml(text: str, label: str | None = None) -> str:
    return (f'<?xml version="1.0" encoding="{label}"?>' if label else "") + f"<rss><a>{text}</a></rss>"


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "text"),
    [
        pytest.param(xml(CHINESE).encode(), None, "utf-8", CHINESE, id="UTF-8 unlabelled"),
        pytest.param(xml(CHINESE, "gb2312").encode("gb18030"), None, "gb18030", CHINESE, id="declared GB 2312"),
        pytest.param(xml("镕囧", "GB2312").encode("gbk"), None, "gb18030", "镕囧", id="GBK declared as GB 2312"),
        pytest.param(xml(CHINESE).encode("gbk"), "text/xml;charset='GBK'", "gb18030", CHINESE, id="GBK by HTTP"),
        pytest.param(xml(JAPANESE, "Shift_JIS").encode("cp932"), "text/xml", "cp932", JAPANESE, id="Shift JIS"),
        pytest.param(xml(JAPANESE, "euc-jp").encode("euc_jp"), None, "euc_jp", JAPANESE, id="EUC-JP"),
        pytest.param(xml(JAPANESE, "iso-2022-jp").encode("iso2022_jp"), None, "iso2022_jp", JAPANESE, id="ISO-2022-JP"),
        pytest.param(xml(KOREAN, "euc-kr").encode("cp949"), None, "cp949", KOREAN, id="EUC-KR"),
        pytest.param(xml(RUSSIAN, "windows-1251").encode("cp1251"), None, "cp1251", RUSSIAN, id="windows-1251"),
        pytest.param(xml("“é”", "iso-8859-1").encode("cp1252"), None, "cp1252", "“é”", id="windows-1252 declared as Latin-1"),
        pytest.param(xml(CHINESE, "gbk").encode(), "text/xml; charset=iso-8859-1", "utf-8", CHINESE, id="UTF-8 labelled wrongly"),
        pytest.param(xml(CHINESE, "utf-16").encode(), None, "utf-8", CHINESE, id="UTF-8 that calls itself UTF-16"),
        pytest.param(
            xml(CHINESE, "gb2312").encode("gbk"), "text/xml; charset=utf-8", "gb18030", CHINESE, id="the wrong HTTP charset"
        ),
        pytest.param(codecs.BOM_UTF8 + xml(CHINESE, "gbk").encode(), None, "utf-8", CHINESE, id="UTF-8 with mark"),
        pytest.param(
            codecs.BOM_UTF16_LE + xml(CHINESE, "utf-8").encode("utf-16-le"), None, "utf-16-le", CHINESE, id="UTF-16 LE, marked"
        ),
        pytest.param(
            codecs.BOM_UTF16_BE + xml(CHINESE).encode("utf-16-be"),
            "a/b;charset=gbk",
            "utf-16-be",
            CHINESE,
            id="UTF-16 BE, marked",
        ),
        pytest.param(xml(CHINESE, "utf-16").encode("utf-16-le"), None, "utf-16-le", CHINESE, id="UTF-16 LE, unmarked"),
        pytest.param(xml(CHINESE).encode("utf-16-be"), None, "utf-16-be", CHINESE, id="UTF-16 BE, unmarked"),
        pytest.param(codecs.BOM_UTF32_LE + xml(CHINESE).encode("utf-32-le"), None, "utf-32-le", CHINESE, id="UTF-32"),
        pytest.param(xml("+ADw-script+AD4-", "utf-7").encode(), None, "utf-8", "+ADw-script+AD4-", id="UTF-7 stays as it is"),
        pytest.param(
            xml(r"\u003cscript", "unicode_escape").encode(), None, "utf-8", r"\u003cscript", id="no escapes of Python's"
        ),
    ],
)
def test_the_encoding_is_found_without_loss(body: bytes, content_type: str | None, encoding: str, text: str) -> None:
    decoded = decode(body, content_type)

    assert (decoded.encoding, decoded.flaw) == (encoding, None)
    assert f"<a>{text}</a>" in decoded.text


@pytest.mark.parametrize(
    ("body", "encoding", "text"),
    [
        pytest.param(xml(CHINESE).encode("gbk"), "gb18030", CHINESE, id="unlabelled GBK"),
        pytest.param(xml(GERMAN).encode("latin-1"), "cp1252", GERMAN, id="unlabelled Latin-1"),
        pytest.param(xml(GERMAN, "utf-8").encode("latin-1"), "cp1252", GERMAN, id="Latin-1 that calls itself UTF-8"),
        pytest.param(xml(CHINESE).encode() + b"\xff", "utf-8", CHINESE, id="one bad byte in UTF-8"),
        pytest.param(xml(CHINESE, "gb2312").encode("gbk") + b"\xff", "gb18030", CHINESE, id="one bad byte in GBK"),
        pytest.param(xml(GERMAN, "latin1").encode("latin-1") + b"\x81", "cp1252", GERMAN, id="one bad byte in Latin-1"),
        pytest.param(
            codecs.BOM_UTF16_LE + xml(CHINESE).encode("utf-16-le") + b"\x00\xd8", "utf-16-le", CHINESE, id="half a pair"
        ),
    ],
)
def test_a_guess_and_a_loss_are_told(body: bytes, encoding: str, text: str) -> None:
    decoded = decode(body, None)

    assert decoded.flaw is not None
    assert (decoded.encoding, decoded.flaw.code) == (encoding, "wrong-encoding")
    assert f"<a>{text}</a>" in decoded.text


@pytest.mark.parametrize("label", ["utf-7", "punycode", "unicode_escape", "rot13", "hex", "zip", "cp037", "x-nonsense", "\x00"])
def test_an_encoding_not_on_the_list_is_never_used(label: str) -> None:
    body = xml("\xff\xfe\xfd", label).encode("latin-1")

    with pytest.raises(UnreadableFeedError, match="its encoding is") as refused:
        decode(body, None)

    assert refused.value.code == "unsupported-encoding"


def test_a_processing_instruction_cannot_name_an_encoding() -> None:
    document = rb'<?x encoding="unicode_escape"?><rss version="2.0"><channel><title>\u0041\x41</title></channel></rss>'

    assert parse(document, content_type=None, base_url="https://a.example/").provenance.title == r"\u0041\x41"


def test_a_document_in_the_wrong_encoding_says_so() -> None:
    body = f'<rss version="2.0"><channel><title>{CHINESE}</title></channel></rss>'.encode("gbk")

    parsed = parse(body, content_type=None, base_url="https://a.example/")

    assert parsed.provenance.title == CHINESE
    assert parsed.flaw is not None
    assert parsed.flaw.code == "wrong-encoding"


@given(st.text().filter(lambda text: not text.startswith(("\ufeff", "\ufffe"))))
def test_utf_8_is_always_read_as_it_is(text: str) -> None:
    body = xml(text).encode()

    assert decode(body, "text/xml; charset=gbk").text == xml(text)
