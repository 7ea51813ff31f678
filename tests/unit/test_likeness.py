from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.clean import clean_candidate
from aggregator.likeness import DISTANCE, SHORTEST, alike, bands, distance, fingerprint, pairs
from aggregator.parse import parse
from aggregator.seeds import SeedRules
from aggregator.seeds.posts import parse as parse_post

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")

NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")
fingerprints = st.integers(-(2**63), 2**63 - 1)

# Written for these tests, in the shape of what agencies send.
PORT = (
    "<p>新华社宁波3月18日电（记者林舟、何晓岚）记者18日从宁波舟山港集团获悉，今年前两个月，这一港口完成集装箱吞吐量612.4万标准箱，"
    "同比增长9.7%，其中海铁联运业务量达到31.8万标准箱，创下历史同期新高。</p>"
    "<p>港口负责人介绍，春节过后，长三角制造业企业复工速度快于往年，汽车零部件、家用电器和光伏组件的出口订单增加明显。为了缩短货物在港时间，"
    "码头把原来分两次进行的查验合并为一次，货车司机在手机上预约进场时段，平均等候时间由四十分钟降到十八分钟。</p>"
    "<p>在穿山港区，十二台无人驾驶集卡从去年冬天起在夜间连续作业。调度员赵敏说，一名调度员过去同时照看三台车，如今可以照看十台，"
    "遇到大雾天气，系统会自动放慢车速并拉开车距，不再像从前那样整夜停工。</p>"
    "<p>海关统计显示，前两个月经由这一港口进出口的货物总值为4370亿元，对东盟和拉美的增幅均超过两成。专家认为，随着内陆无水港陆续建成，"
    "中西部省份的货物将有更多选择，但航运价格的波动和部分航线绕行带来的成本上升仍需关注。</p>"
    "<p>宁波市交通运输局表示，今年还将新开五条近洋航线，并在义乌、金华扩建铁路场站，力争全年海铁联运业务量突破200万标准箱。</p>"
)
STRIKE = (
    "<p>LISBON (Agency) - Railway workers across Portugal walked off the job on Thursday, halting about three quarters of"
    " commuter services around Lisbon and Porto in a dispute over pay and night shifts that unions say has dragged on for 14"
    " months.</p>"
    "<p>The state operator said that 312 of 418 scheduled trains had been cancelled by midday. Buses laid on as replacements"
    " were full before seven in the morning, and queues for taxis stretched around the square outside the main terminus.</p>"
    "<p>“Nobody wants to leave passengers standing on a platform,” said Marta Figueira, who speaks for the largest of five"
    " unions. “But we have been offered less than inflation twice, and the third offer was withdrawn before we could vote.”</p>"
    "<p>The transport ministry called the walkout disproportionate and said that its proposal of 4.2 percent was still on the"
    " table. A mediator appointed in January resigned last week, citing a lack of progress, and no successor has been"
    " named.</p>"
    "<p>Freight traffic was less affected: two of the three private companies that haul cement and grain between Setubal and"
    " the Spanish border reported only minor delays. Exporters warned, however, that a longer stoppage would fill warehouses"
    " at the port within ten days.</p>"
    "<p>Further strikes are planned for the 27th and 28th of the month, just before the Easter holidays, when the operator"
    " usually carries more than half a million people a day.</p>"
)
OTHER_PORT = (
    "<p>本报上海3月19日讯 上海国际港务集团昨日公布经营简报，今年一月至二月洋山四期自动化码头"
    "共装卸集装箱118.6万标准箱，比上年同期提高6.3%。</p>"
    "<p>公司称，冬季寒潮造成的封航累计七十一小时，比去年多出近一倍，但桥吊单机效率提升，抵消了大部分影响。新购置的九台电动轨道吊已经全部投入使用，"
    "岸电覆盖率达到百分之百。</p>"
    "<p>在水水中转方面，来自长江中上游的驳船占比首次超过一半。武汉、重庆两地的货主表示，直达班轮让到港时间更容易预计，库存因此可以压低。</p>"
    "<p>分析人士指出，红海局势使欧洲航线班期紊乱，运价指数连续五周回落之后又有抬头，全年吞吐量能否保持增长，取决于下半年的外部需求。</p>"
)
TEXTS = pytest.mark.parametrize(
    ("title", "html"), [("宁波舟山港开局良好", PORT), ("Strike halts trains", STRIKE)], ids=["zh", "en"]
)


def of(html: str, title: str = "") -> int:
    value = fingerprint(title, html)
    assert value is not None
    return value


def han(number: int) -> str:
    return "".join(chr(0x4E00 + 7 * n) for n in range(number))


@TEXTS
@pytest.mark.parametrize(
    "change",
    [
        lambda html: re.sub(r"([ ，。,.]|</?p>)", r"\n\t \1  ", html),
        lambda html: html.replace("<p>", '<div class="a > b"><br/>').replace(
            "</p>", "</div><!-- <p>read more</p> --><script>a<b</script>"
        ),
        lambda html: re.sub(r"(\w)(\w)(?=[^<>]*<)", r"\1<b class='x'>\2</b>", html, count=40),
        lambda html: re.sub(r"[^\W\d_](?=[^<>]*</)", lambda letter: f"&#{ord(letter[0])};", html),
        lambda html: html.upper(),
        lambda html: html.replace("，", ",").replace("（", "(").replace("“", '"').replace(",", "，"),
        lambda html: html.translate({ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789"}),
        lambda html: html.translate({ord(c): f"{c}\u00ad\u200b" for c in "e港"}),
    ],
    ids=["space", "blocks", "inline", "entities", "case", "punctuation", "width", "invisible"],
)
def test_the_looks_of_a_text_do_not_count(title: str, html: str, change: object) -> None:
    assert callable(change)
    assert change(html) != html
    assert fingerprint(title, change(html)) == of(html)


@TEXTS
def test_what_each_paper_sets_itself_does_not_count(title: str, html: str) -> None:
    lines = (
        "<p>来源：新华社</p>",
        "<p>（责任编辑：张三 HN019）</p>",
        "<p>原标题：开门红</p>",
        "<p>作者: 李四</p>",
        "【编辑:王五】",
    )
    english = ("<p>Source: Reuters</p>", "<p>(Reporting by Jane Doe in Lisbon; Editing by John Roe)</p>")

    assert [of(html + line) == of(html) for line in lines + english] == [True] * 7
    assert [of(line + html) == of(html) for line in lines + english] == [True] * 7
    assert of(f"<h1>{title}</h1>{html}", title) == of(html, "another headline") == of(html)


def test_a_sentence_about_a_source_is_no_credit() -> None:
    assert of(f"<p>来源不明的货物被扣留。</p>{PORT}") != of(PORT)
    assert of(f"<p>Editors met in Porto.</p>{STRIKE}") != of(STRIKE)


@pytest.mark.parametrize(
    "copy",
    [
        f"<p>来源：新华社</p>{PORT}<p>点击下载客户端，更多精彩资讯尽在掌握！</p><p>（责任编辑：赵六）</p>",
        PORT.replace("新华社宁波3月18日电（记者林舟、何晓岚）记者18日", "据报道，记者"),
        PORT.replace("创下历史同期新高", "创历史同期新高").replace("介绍，", "表示，"),
        PORT.replace("，不再像从前那样整夜停工", ""),
    ],
    ids=["advertisement", "dateline", "words", "cut"],
)
def test_a_chinese_agency_text_is_known_again(copy: str) -> None:
    assert alike(of(copy), of(PORT))


@pytest.mark.parametrize(
    "copy",
    [
        f"<h2>Rail chaos</h2>{STRIKE}<p>Sign up for our newsletter.</p><p>(Editing by John Roe)</p>",
        STRIKE.replace("LISBON (Agency) - ", ""),
        STRIKE.replace("said that", "said").replace("percent", "per cent"),
        STRIKE.replace(
            " A mediator appointed in January resigned last week, citing a lack of progress, and no successor has been named.", ""
        ),
    ],
    ids=["advertisement", "dateline", "words", "cut"],
)
def test_an_english_agency_text_is_known_again(copy: str) -> None:
    assert alike(of(copy), of(STRIKE))


def test_another_text_on_the_same_topic_is_not_alike() -> None:
    values = [of(text) for text in (PORT, OTHER_PORT, STRIKE)]

    assert [alike(one, other) for one, other in itertools.combinations(values, 2)] == [False] * 3


def test_market_reports_of_two_days_are_not_alike() -> None:
    report = (
        "<p>江南机电{}盘中涨幅达{}%，截至收盘报{}元，成交{}亿元，换手率{}%，总市值{}亿元。</p>"
        "<p>资金流向数据方面，当日主力资金净流入{}万元，占总成交额{}%，其中超大单净买入{}万元，散户资金净流出{}万元。</p>"
        "<p>以上内容由本站根据公开信息整理，由算法生成，如数据存在问题请联系我们，不构成投资建议，投资有风险，请谨慎决策。</p>"
    )
    monday = report.format("3月18日", 5, 41.27, 8.13, 3.05, 266, 4120, 5.1, 2210, 1873)
    tuesday = report.format("3月19日", 7, 44.16, 12.9, 4.82, 285, 6391, 5.0, 3054, 2666)

    assert not alike(of(monday), of(tuesday))


def test_of_a_short_text_nothing_is_told() -> None:
    # a shingle begins with each unit but the last two
    for text in (han(SHORTEST + 1), " ".join(han(SHORTEST + 1).encode("utf-16-be").hex(" ", 2).translate(NO_DIGITS).split())):
        assert fingerprint("", text) is None
        assert fingerprint("", f"{text} end") is not None
    assert fingerprint("", "") is None
    assert fingerprint("t" * 9999, "<p></p>") is None


def test_saying_one_thing_many_times_makes_no_text() -> None:
    assert fingerprint("", "哈" * 5000) is None
    assert fingerprint("", "<td>0</td>" * 5000) is None
    assert distance(of(PORT + "<td>0</td>" * 5000), of(PORT)) <= DISTANCE


def test_nothing_is_like_a_text_that_is_too_short() -> None:
    assert [alike(None, None), alike(None, of(PORT)), alike(of(PORT), None), alike(of(PORT), of(PORT))] == [False] * 3 + [True]


def test_the_order_of_paragraphs_hardly_counts() -> None:
    paragraphs = re.findall("<p>.*?</p>", PORT)

    assert alike(of("".join(reversed(paragraphs))), of(PORT))


def test_the_end_of_a_very_long_text_is_not_looked_at() -> None:
    assert of(han(2500) * 8 + STRIKE) == of(han(2500) * 8 + OTHER_PORT)


def test_a_fingerprint_is_for_ever() -> None:
    """Fingerprints are stored: whoever changes this has to have all of them made anew."""
    assert (of(PORT), of(STRIKE), of(f"{STRIKE}{PORT}")) == (6600407846986965401, -6102756086625799526, 5407243944081485977)


@given(st.text(), st.text())
def test_any_text_has_a_fingerprint_that_databases_can_store_or_none(title: str, html: str) -> None:
    value = fingerprint(title, html + PORT)

    assert value is None or -(2**63) <= value < 2**63


@given(
    st.lists(
        st.sampled_from(["港口", "the port", "<p>", "</p>", "<", "&lt;b&gt;", "12", "<!--", "'", '"', "“", "\ud800"]), min_size=1
    )
)
def test_no_markup_is_too_broken(pieces: list[str]) -> None:
    html = " ".join(pieces)

    assert fingerprint("", html) == fingerprint("", html)


@given(fingerprints, st.sets(st.integers(0, 63), max_size=DISTANCE))
def test_whatever_is_within_the_distance_shares_a_band(value: int, flipped: set[int]) -> None:
    bits = value & 2**64 - 1
    for bit in flipped:
        bits ^= 1 << bit
    other = bits - (bits >> 63 << 64)

    assert distance(value, other) == len(flipped)
    assert alike(value, other)
    assert set(bands(value)) & set(bands(other))


@given(fingerprints)
def test_bands_tell_pieces_apart_and_hold_every_bit(value: int) -> None:
    assert len({band >> 10 for band in bands(value)}) == DISTANCE + 1
    assert not set(bands(value)) & set(bands(~value))
    assert len([bit for bit in range(63) if bands(value ^ 1 << bit) != bands(value)]) == 63


@given(fingerprints, fingerprints, fingerprints)
def test_distance_is_a_metric(one: int, two: int, three: int) -> None:
    assert distance(one, two) == distance(two, one)
    assert (distance(one, two) == 0) == (one == two)
    assert distance(one, three) <= distance(one, two) + distance(two, three)
    assert distance(one, ~one) == 64


def corpus_texts() -> Iterator[tuple[str, str, str]]:
    for path in sorted((CORPUS / "feeds").iterdir()):
        # a transcoded copy of a document has the same items
        if path.name != "index.tsv" and not path.name.startswith("x-"):
            for item in parse(path.read_bytes(), content_type=None, base_url="http://127.0.0.1/feed").candidates:
                candidate = clean_candidate(item, base_url=item.url)
                yield path.name, candidate.title or "", candidate.content or candidate.summary or ""
    for path in sorted((CORPUS / "posts").rglob("*.md")):
        post = clean_candidate(
            parse_post(path.name, path.read_bytes(), SeedRules(timezone=ZoneInfo("Asia/Shanghai"))), base_url=None
        )
        yield path.name, post.title or "", post.content or ""


@needs_corpus
def test_no_two_real_articles_are_alike() -> None:
    known = [(name, title, value) for name, title, html in corpus_texts() if (value := fingerprint(title, html)) is not None]
    pairs = [(one[:2], other[:2]) for one, other in itertools.combinations(known, 2) if alike(one[2], other[2])]

    assert len(known) > 250
    assert pairs == []


@given(
    originals=st.lists(fingerprints, min_size=1, max_size=6),
    copies=st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 62), max_size=2 * DISTANCE)), max_size=6),
)
def test_all_pairs_that_are_alike_are_found_and_no_others(originals: list[int], copies: list[tuple[int, set[int]]]) -> None:
    changed = [originals[at % len(originals)] ^ sum(1 << bit for bit in bits) for at, bits in copies]
    values = dict(enumerate([*originals, *changed]))

    assert pairs(values) == {
        (one, other): distance(values[one], values[other])
        for one, other in itertools.combinations(values, 2)
        if alike(values[one], values[other])
    }
