from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.classify import check_slug, name_key, slug_for
from aggregator.classify.slugs import RESERVED_SLUGS

# Names as people and pranksters write them: any script, the signs that matter here, full-width tricks, reserved words.
NAMES = st.one_of(
    st.text(),
    st.text(st.sampled_from("C+＋#＃./．／\\-_ 人民邮电报ß🎉é\u0301\u200d"), max_size=200),
    st.sampled_from(sorted(RESERVED_SLUGS)),
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        pytest.param("人民邮电报", "renminyoudianbao", id="Chinese is pinyin without separators"),
        pytest.param("未分类", "weifenlei", id="the default category"),
        pytest.param("重庆银行", "chongqingyinhang", id="readings follow the word"),
        pytest.param("IDE（开发工具）", "ide-kaifagongju", id="full-width brackets separate"),
        pytest.param("Linux内核", "linux-neihe", id="a change of script separates"),
        pytest.param("学习笔记 Python 3", "xuexibiji-python-3", id="words are joined by hyphens"),
        pytest.param("⼈民", "renmin", id="compatibility characters are the usual ones"),
        pytest.param("Straße", "strasse", id="sharp s"),
        pytest.param("Łódź, Tromsø, Đà Nẵng", "lodz-tromso-da-nang", id="letters with and without decomposition"),
        pytest.param("Ｆｕｌｌ　ｗｉｄｔｈ", "full-width", id="full width"),
        pytest.param("C", "c", id="C"),
        pytest.param("C++", "c-plus-plus", id="C plus plus"),
        pytest.param("Ｃ＋＋", "c-plus-plus", id="full-width plus"),
        pytest.param("C#", "c-sharp", id="C sharp"),
        pytest.param("C/C++", "c-c-plus-plus", id="both"),
        pytest.param("5G", "5g", id="a digit may begin"),
        pytest.param("--x--", "x", id="no hyphen at the ends"),
        pytest.param("．．／．．／etc", "etc", id="a path that only NFKC reveals"),
        pytest.param("all", "all-2", id="reserved"),
        pytest.param("a" * 100, "a" * 80, id="at most 80 characters"),
        pytest.param(f"{'a' * 79} b", "a" * 79, id="cutting leaves no hyphen at the end"),
    ],
)
def test_a_slug_is_readable_ascii(name: str, slug: str) -> None:
    assert slug_for(name, ()) == slug


@pytest.mark.parametrize("name", ["🎉", "", "．．／", "々", "Новости", "\u200d", "\ud800"])
def test_a_name_of_which_nothing_can_be_written_gets_a_digest_that_stays(name: str) -> None:
    slug = slug_for(name, ())
    assert slug.startswith("category-")
    assert check_slug(slug) is None
    assert slug == slug_for(name, ())


def test_digests_tell_names_apart() -> None:
    assert slug_for("🎉", ()) != slug_for("🎈", ())


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        pytest.param("C", {"c"}, "c-2", id="first collision"),
        pytest.param("C", {"c", "c-2"}, "c-3", id="second collision"),
        pytest.param("all", {"all-2"}, "all-3", id="reserved and taken"),
        pytest.param("a" * 80, {"a" * 80}, "a" * 78 + "-2", id="the number fits into 80 characters"),
        pytest.param(f"{'a' * 77} bcd", {f"{'a' * 77}-bc"}, "a" * 77 + "-2", id="cutting leaves no double hyphen"),
    ],
)
def test_a_taken_slug_is_numbered(name: str, taken: set[str], slug: str) -> None:
    assert slug_for(name, taken) == slug


@settings(deadline=None)  # the first Chinese name loads the dictionary
@given(NAMES, st.sets(st.sampled_from(["c", "c-2", "c-plus-plus", "renmin", "all-2", "a"])))
def test_a_slug_is_always_a_safe_file_name_that_nobody_has(name: str, taken: set[str]) -> None:
    slug = slug_for(name, taken)
    assert check_slug(slug) is None
    assert slug not in taken
    assert slug == slug_for(name, taken)


@settings(deadline=None)  # the first Chinese name loads the dictionary
@given(st.lists(NAMES, max_size=20))
def test_slugs_given_one_after_another_all_differ(names: list[str]) -> None:
    taken: list[str] = []
    for name in names:
        taken.append(slug_for(name, taken))
    assert len(set(taken)) == len(taken)


@pytest.mark.parametrize(
    ("slug", "problem"),
    [
        pytest.param("renminyoudianbao", None, id="good"),
        pytest.param("all", "is reserved; choose another slug", id="reserved"),
        *(
            pytest.param(bad, "must be 1 to 80 of a-z, 0-9 and '-', and not start with '-'", id=repr(bad)[:20])
            for bad in ("", "-a", "A", "a b", "../a", "a\n", "a" * 81, "人民")
        ),
    ],
)
def test_a_slug_written_by_hand_is_checked(slug: str, problem: str | None) -> None:
    assert check_slug(slug) == problem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("科技", " 科技\n", id="trimmed"),
        pytest.param("World News", "world \t  NEWS", id="case and inner space"),
        pytest.param("IDE（开发工具）", "ide(开发工具)", id="width"),
        pytest.param("Straße", "STRASSE", id="casefold"),
        pytest.param("e\u0301", "É", id="composition"),
    ],
)
def test_names_that_differ_in_form_only_are_one_category(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_names_that_differ_in_meaning_are_not_one_category() -> None:
    assert len({name_key(name) for name in ("C", "C++", "C#", "科技", "科学")}) == 5


@settings(deadline=None)  # other processes may slow us down
@given(st.text())
def test_a_name_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


def test_the_pinyin_dictionary_is_loaded_for_chinese_only() -> None:
    program = (
        "import sys; from aggregator.classify import slug_for; slug_for('News', ());"
        " assert 'pypinyin' not in sys.modules; slug_for('新闻', ()); assert 'pypinyin' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
