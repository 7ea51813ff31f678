from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.classify import CategoryRules, Condition, Field, check_pattern, classify, name_key
from aggregator.model import Assignment, Candidate, Person, SourceKind, Subscription, Tag

FEED = Subscription(url="https://example.com/feed.xml", categories=("科技",))
BARE_FEED = Subscription(url="https://example.com/feed.xml")
SEEDS = Subscription(url="seeds/", kind=SourceKind.SEEDS)
CANDIDATE = Candidate(
    place="item 1",
    title="中国电信签署战略合作协议",
    url="https://example.com/a/1.html",
    summary="<p>12月15日</p>",
    content="<p>中国<b>电信</b></p><p>与上海 A&amp;B <a href='https://hidden.example/'>实验室</a></p>",
    language="zh-CN",
    authors=(Person(name="张三"), Person(name="Li Si")),
    tags=(Tag(term="ai", label="人工智能"), Tag(term="人民邮电报新闻")),
)
NOTHING = Assignment(category="未分类", reason="no rule or source names a category")


def condition(field: str, pattern: str) -> Condition:
    return Condition(field=Field(field), pattern=pattern)


def category(name: str, *include: Condition, exclude: tuple[Condition, ...] = (), slug: str | None = None) -> CategoryRules:
    """One line for each condition."""
    return CategoryRules(
        category=name, slug=slug, include=tuple((one,) for one in include), exclude=tuple((one,) for one in exclude)
    )


@pytest.mark.parametrize(
    ("field", "pattern", "holds"),
    [
        pytest.param("tag", "人民邮电报新闻", True, id="a tag's term"),
        pytest.param("tag", "人工智能", True, id="a tag's label"),
        pytest.param("tag", " ＡＩ ", True, id="a tag in another form"),
        pytest.param("tag", "人民邮电报", False, id="a part of a tag is not the tag"),
        pytest.param("title", "战略.*协议$", True, id="title"),
        pytest.param("title", "^电信", False, id="title, anchored"),
        pytest.param("content", "(?i)a&b", True, id="content is text, not markup"),
        pytest.param("content", "12月", True, id="the summary is content"),
        pytest.param("content", "中国电信", True, id="an inline tag does not part words"),
        pytest.param("content", "电信与", False, id="a paragraph does"),
        pytest.param("content", "hidden", False, id="attributes are not content"),
        pytest.param("author", "^Li", True, id="any author"),
        pytest.param("author", "张三.*Li", False, id="one author at a time"),
        pytest.param("url", r"/a/\d+", True, id="url"),
        pytest.param("source", "https://example.com/feed.xml", True, id="source"),
        pytest.param("source", "https://example.com/", True, id="beginning of the source"),
        pytest.param("source", "example.com", False, id="middle of the source"),
        pytest.param("language", "zh", True, id="language"),
        pytest.param("language", "ZH-cn", True, id="language in other case"),
        pytest.param("language", "z", False, id="half a language"),
        pytest.param("language", "zh-CN-x", False, id="narrower language"),
    ],
)
def test_a_condition_looks_at_one_field(field: str, pattern: str, holds: bool) -> None:  # noqa: FBT001 - a table's column
    rules = [category("X", condition(field, pattern))]
    sign = "~" if field in {"title", "content", "author", "url"} else "="
    expected = Assignment(category="X", reason=f"rule include[0] of X: {field} {sign} {pattern}") if holds else NOTHING
    assert classify(CANDIDATE, BARE_FEED, rules, "未分类") == (expected,)


@pytest.mark.parametrize("field", list(Field))
def test_an_empty_candidate_meets_no_condition(field: Field) -> None:
    pattern = "." if field is not Field.SOURCE else "https://elsewhere.example/"
    assert classify(Candidate(place="item 1"), BARE_FEED, [category("X", condition(field, pattern))], "未分类") == (NOTHING,)


def test_the_entrys_own_category_is_a_tag_as_well() -> None:
    seed = Candidate(place="a.md", categories=("emnews",))
    assert classify(seed, SEEDS, [category("东财", condition("tag", "emnews"))], "未分类") == (
        Assignment(category="emnews", reason="the seed's own category"),
        Assignment(category="东财", reason="rule include[0] of 东财: tag = emnews"),
    )


def test_own_then_subscribed_then_included_in_the_order_given() -> None:
    candidate = Candidate(place="item 1", title="t", categories=("b", "a"))
    rules = [category("z", condition("title", "t")), category("y", condition("title", "x"), condition("title", "t"))]
    assert classify(candidate, FEED, rules, "未分类") == (
        Assignment(category="b", reason="the entry's own category"),
        Assignment(category="a", reason="the entry's own category"),
        Assignment(category="科技", reason="subscribed under this category: https://example.com/feed.xml"),
        Assignment(category="z", reason="rule include[0] of z: title ~ t"),
        Assignment(category="y", reason="rule include[1] of y: title ~ t"),
    )


def test_all_conditions_of_a_line_must_hold() -> None:
    both = (condition("title", "电信"), condition("language", "en"))
    rules = [CategoryRules(category="X", include=(both,)), CategoryRules(category="Y", include=((both[0],), ()))]
    assert classify(CANDIDATE, BARE_FEED, rules, "未分类") == (
        Assignment(category="Y", reason="rule include[0] of Y: title ~ 电信"),
    )


def test_a_reason_names_every_condition_of_the_line() -> None:
    line = (condition("title", "电信"), condition("language", "zh"))
    assert classify(CANDIDATE, BARE_FEED, [CategoryRules(category="X", include=((), line))], "未分类") == (
        Assignment(category="X", reason="rule include[1] of X: title ~ 电信 and language = zh"),
    )


def test_a_category_named_twice_is_assigned_once_under_its_declared_name() -> None:
    seed = Candidate(place="a.md", categories=("renminyoudianbao", "人民邮电报", " 人民邮电报 "))
    rules = [category("人民邮电报", slug="renminyoudianbao")]
    assert classify(seed, SEEDS, rules, "未分类") == (Assignment(category="人民邮电报", reason="the seed's own category"),)


def test_a_name_beats_another_categorys_slug() -> None:
    seed = Candidate(place="a.md", categories=("news",))
    rules = [category("News"), category("新闻", slug="news")]
    assert classify(seed, SEEDS, rules, "未分类") == (Assignment(category="News", reason="the seed's own category"),)


def test_an_exclude_rule_takes_away_its_own_category_only() -> None:
    rules = [category("科技", exclude=(condition("title", "电信"),)), category("X", condition("title", "电信"))]
    assert classify(CANDIDATE, FEED, rules, "未分类") == (Assignment(category="X", reason="rule include[0] of X: title ~ 电信"),)


def test_what_everything_excludes_goes_to_the_default_with_the_reasons() -> None:
    rules = [category("科技", exclude=(condition("tag", "ai"),)), category("未分类", exclude=(condition("tag", "ai"),))]
    reason = f"subscribed under this category: {FEED.url}, but rule exclude[0] of 科技: tag = ai"
    assert classify(CANDIDATE, FEED, rules, "未分类") == (Assignment(category="未分类", reason=reason),)


names = st.sampled_from(["a", "A", " a", "b", "科技", "c"])
conditions = st.builds(Condition, field=st.just(Field.TAG), pattern=names)
lines = st.lists(st.lists(conditions, max_size=2).map(tuple), max_size=2).map(tuple)
rule_sets = st.lists(st.builds(CategoryRules, category=names, slug=st.none() | names, include=lines, exclude=lines), max_size=4)


@settings(deadline=None)  # other processes may slow us down
@given(st.lists(names).map(tuple), st.lists(names).map(tuple), rule_sets)
def test_every_entry_has_a_category_and_none_twice(
    own: tuple[str, ...], subscribed: tuple[str, ...], rules: list[CategoryRules]
) -> None:
    candidate = Candidate(place="item 1", categories=own)
    assigned = classify(candidate, Subscription(url="https://example.com/", categories=subscribed), rules, "c")
    keys = [name_key(assignment.category) for assignment in assigned]
    assert keys
    assert len(set(keys)) == len(keys)
    assert all(assignment.reason for assignment in assigned)


def test_a_hostile_pattern_takes_linear_time() -> None:
    candidate = Candidate(place="item 1", title="a" * 100_000 + "!")
    assert classify(candidate, BARE_FEED, [category("X", condition("title", "(a+)+$"))], "未分类") == (NOTHING,)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        pytest.param("(?i)广告|\\d+", None, id="good"),
        pytest.param("(", "not a pattern that RE2 knows: missing ): (", id="unbalanced"),
        pytest.param("a(?=b)", "not a pattern that RE2 knows: invalid perl operator: (?=", id="lookahead"),
    ],
)
def test_a_pattern_is_checked(pattern: str, problem: str | None) -> None:
    assert check_pattern(pattern) == problem


@settings(deadline=None)  # other processes may slow us down
@given(st.text())
def test_checking_a_pattern_never_raises(pattern: str) -> None:
    problem = check_pattern(pattern)
    assert problem is None or len(problem) < 300


def test_a_table_puts_names_of_others_into_a_category_of_ours() -> None:
    seed = Candidate(place="a.md", categories=("Tech", "Markets"), tags=(Tag(term="IT"),))
    rules = [CategoryRules(category="科技", tags=("tech", "it")), CategoryRules(category="财经", tags=("finance",))]
    assert classify(seed, SEEDS, rules, "未分类") == (
        Assignment(category="Markets", reason="the seed's own category"),
        Assignment(category="科技", reason="rule tags[0] of 科技: tech"),
    )


def test_an_own_category_that_is_declared_stays_itself_whatever_table_has_its_name() -> None:
    seed = Candidate(place="a.md", categories=("tech",))
    rules = [CategoryRules(category="Tech"), CategoryRules(category="科技", tags=("tech",))]
    assert classify(seed, SEEDS, rules, "未分类") == (
        Assignment(category="Tech", reason="the seed's own category"),
        Assignment(category="科技", reason="rule tags[0] of 科技: tech"),
    )


def test_a_category_under_which_somebody_subscribed_is_not_looked_up_in_the_table() -> None:
    rules = [CategoryRules(category="Z", tags=("科技",))]
    assert [a.category for a in classify(Candidate(place="item 1"), FEED, rules, "未分类")] == ["科技"]
