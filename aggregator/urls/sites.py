"""Owns what is built in about single sites: hosts with the same articles, parameters that do not count, shapes of one article.

Data only; how it is read is in ``built_in``. A host is written without ``www.``; ``*.`` stands for one label or several, and in
the host that it is the same as, for those again. Shapes are regular expressions on a whole canonical URL without its scheme. Each
is of a kind that Python's ``re`` matches in linear time.
"""

from __future__ import annotations

from msgspec import Struct


class Shape(Struct, frozen=True):
    """What *match* fits is the article *canonical*, both without scheme."""

    match: str
    canonical: str


class Site(Struct, frozen=True, kw_only=True):
    """What holds on *hosts*: they are the same as *host*, parameters to *drop* (``name`` or ``prefix*``), *shapes*."""

    name: str
    hosts: tuple[str, ...]
    host: str | None = None
    drop: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()


_ANY_QUERY = r"(?:\?.*)?"
_WECHAT = (
    "abtest_cookie", "ascene", "chksm", "click_id", "clicktime", "countrycode", "devicetype", "enterid", "exportkey", "fontgear",
    "from", "key", "lang", "mpshare", "nettype", "pass_ticket", "poc_token", "scene", "sessionid", "session_us",
    "sharer_*", "srcid", "subscene", "uin", "version", "winzoom", "wx_header", "xtrack",
)  # fmt: skip
_WEIBO = (
    "display", "featurecode", "from", "is_hot", "jumpfrom", "lfid", "luicode", "mod", "refer_flag", "retcode",
    "sourcetype", "ssl_rnd", "sudaref", "type", "wm", "wvr",
)  # fmt: skip
_BILIBILI = (
    "-arouter", "bbid", "bsource", "buvid", "from_source", "is_story_h5", "msource", "p2p_type", "plat_id", "seid", "timestamp",
    "ts", "unique_k",
)  # fmt: skip
_NEWYORK = (
    "campaign_id", "emc", "instance_id", "nl", "partner", "referringsource", "regi_id", "segment_id", "smid", "smprod", "smtyp",
    "te", "unlocked_article_code", "user_id",
)  # fmt: skip
_SLUG = r"(?:/[^/?#]*)?"

# Hosts where /amp/x is the page for small screens of /x; elsewhere it may be a part of the site like any other.
AMP_FIRST = frozenset(
    {
        "abcnews.go.com", "aljazeera.com", "cnbc.com", "gamesradar.com", "indiatoday.in", "marketwatch.com", "techradar.com",
        "theatlantic.com", "tomsguide.com",
    }
)  # fmt: skip

SITES = (
    # where the seeds come from
    Site(
        name="eastmoney",
        hosts=("*.eastmoney.com",),
        shapes=(
            Shape(
                rf"[a-z0-9]+\.eastmoney\.com/(?:news/\d+,|a2?/)(\d{{18}})\.html{_ANY_QUERY}", r"finance.eastmoney.com/a/\1.html"
            ),
            Shape(
                r"[a-z0-9]+\.eastmoney\.com/html_News/NewsShare\.html\?(?:[^#]*&)?infoCode=NW(\d{18})(?:&.*)?",
                r"finance.eastmoney.com/a/\1.html",
            ),
        ),
    ),
    Site(
        name="qq",
        hosts=("kuaibao.qq.com", "new.qq.com", "news.qq.com", "view.inews.qq.com", "xw.qq.com"),
        shapes=(
            Shape(
                rf"[a-z.]+/(?:rain/a|a|k|s|omn|cmsid)/(?:\d{{8}}/)?(\d{{8}}[A-Z][A-Z0-9]{{7}})(?:\.html)?{_ANY_QUERY}",
                r"new.qq.com/rain/a/\1",
            ),
        ),
    ),
    Site(name="qq", hosts=("qq.com", "*.qq.com"), drop=("pgv_ref",)),
    Site(name="baijiahao", hosts=("baijiahao.baidu.com",), drop=("wfr", "for", "isfailsafe", "sourcefrom")),
    Site(
        name="netease",
        hosts=("163.com", "*.163.com"),
        drop=("spss", "spssid", "spsw", "spsnuid", "spsdevid", "spsvid", "spsshare", "spsts", "spstoken"),
        shapes=(
            Shape(rf"[a-z0-9.]+/(?:[^?#]*/)?([0-9A-Z]{{16}})\.html{_ANY_QUERY}", r"163.com/article/\1.html"),
            Shape(
                r"(?:3g|m)\.163\.com/touch/article\.html\?(?:[^#]*&)?docid=([0-9A-Z]{16})(?:&.*)?", r"163.com/article/\1.html"
            ),
            Shape(rf"(?:c\.m\.|m\.)?163\.com/(?:v/video|news/v)/(V[0-9A-Z]{{8}})\.html{_ANY_QUERY}", r"163.com/v/video/\1.html"),
        ),
    ),
    Site(
        name="sohu",
        hosts=("sohu.com", "*.sohu.com"),
        shapes=(
            Shape(rf"[a-z.]+/a/(\d+_\d+){_ANY_QUERY}", r"sohu.com/a/\1"),
            Shape(rf"m\.sohu\.com/n/(\d{{9}}){_ANY_QUERY}", r"sohu.com/n\1.shtml"),
            Shape(rf"[a-z]+\.sohu\.com/\d{{8}}/n(\d{{9}})\.shtml{_ANY_QUERY}", r"sohu.com/n\1.shtml"),
        ),
    ),
    # the other Chinese sites
    Site(
        name="csdn",
        hosts=("blog.csdn.net", "*.blog.csdn.net"),
        drop=("ops_request_misc", "request_id", "biz_id", "depth_*", "login", "from"),
        shapes=(
            Shape(rf"[^/]+/(?:[^/?#]+/)?article/details/(\d+){_ANY_QUERY}", r"blog.csdn.net/article/details/\1"),
            Shape(rf"m\.blog\.csdn\.net/blog/[^/?#]+/(\d+){_ANY_QUERY}", r"blog.csdn.net/article/details/\1"),
        ),
    ),
    Site(
        name="sina",
        hosts=("*.sina.com.cn", "*.sina.cn"),
        shapes=(
            Shape(
                rf"[^/]+/(?:[^?#]*/)?(?:doc|detail)-(i[a-z0-9]{{12,20}})\.(?:shtml|d\.html){_ANY_QUERY}",
                r"sina.com.cn/doc-\1.shtml",
            ),
            # a file; what stands behind it says from which list a reader came: cre, mod, loc, r, tj
            Shape(r"([^/?#]+/[^?#]+\.shtml)\?.*", r"\1"),
        ),
    ),
    Site(
        name="ifeng",
        hosts=("*.ifeng.com",),
        shapes=(Shape(rf"[^/]+/c/(?:s/)?([0-9A-Za-z]{{11}}){_ANY_QUERY}", r"ifeng.com/c/\1"),),
    ),
    Site(
        name="toutiao",
        hosts=("toutiao.com", "m.toutiao.com"),
        drop=("wid",),
        shapes=(Shape(rf"[^/]+/(?:article/|item/|group/|[aiw])(\d{{15,20}}){_ANY_QUERY}", r"toutiao.com/article/\1"),),
    ),
    Site(name="wechat", hosts=("mp.weixin.qq.com",), drop=_WECHAT),
    Site(name="weibo", hosts=("weibo.com",), drop=_WEIBO),
    Site(
        name="weibo",
        hosts=("m.weibo.cn",),
        drop=_WEIBO,
        shapes=(Shape(r"m\.weibo\.cn/(?:status|detail)/([0-9A-Za-z]+)", r"m.weibo.cn/status/\1"),),
    ),
    Site(
        name="zhihu",
        hosts=("zhihu.com",),
        drop=("hb_wx_block", "share_code", "zd_token", "native"),
        shapes=(Shape(rf"zhihu\.com/question/\d+/answer/(\d+){_ANY_QUERY}", r"zhihu.com/answer/\1"),),
    ),
    Site(name="bilibili", hosts=("m.bilibili.com",), host="bilibili.com"),
    Site(
        name="bilibili",
        hosts=("bilibili.com",),
        drop=_BILIBILI,
    ),
    Site(
        name="ithome",
        hosts=("m.ithome.com",),
        shapes=(Shape(rf"m\.ithome\.com/html/(\d+)(\d{{3}})\.htm{_ANY_QUERY}", r"ithome.com/0/\1/\2.htm"),),
    ),
    Site(
        name="thepaper",
        hosts=("thepaper.cn", "m.thepaper.cn"),
        shapes=(Shape(rf"[^/]+/(?:newsDetail_forward_|detail/)(\d+){_ANY_QUERY}", r"thepaper.cn/newsDetail_forward_\1"),),
    ),
    Site(
        name="36kr",
        hosts=("36kr.com",),
        shapes=(Shape(rf"36kr\.com/p/(\d+)(?:\.html)?{_ANY_QUERY}", r"36kr.com/p/\1"),),
    ),
    Site(
        name="people",
        hosts=("*.people.com.cn",),
        shapes=(
            Shape(
                rf"[a-z0-9]+\.people\.com\.cn/n1/(\d{{4}}/\d{{4}})/c\d+-(\d{{8}})\.html{_ANY_QUERY}",
                r"people.com.cn/n1/\1/c-\2.html",
            ),
        ),
    ),
    Site(
        name="xinhua",
        hosts=("news.cn", "*.news.cn", "xinhuanet.com", "*.xinhuanet.com"),
        shapes=(
            Shape(
                rf"[^/]+/(?:[a-z0-9]+/)*(\d{{4}}-\d{{2}}/\d{{2}}/c_\d{{9,10}}\.htm){_ANY_QUERY}", r"xinhuanet.com/\1"
            ),
            Shape(rf"[^/]+/(?:[a-z0-9]+/)*(\d{{8}}/[0-9a-f]{{32}}/c\.html){_ANY_QUERY}", r"xinhuanet.com/\1"),
        ),
    ),
    Site(name="douban", hosts=("douban.com", "*.douban.com"), drop=("_i",)),
    Site(name="juejin", hosts=("juejin.im",), host="juejin.cn"),
    # the world
    Site(
        name="youtube",
        hosts=("youtube.com", "*.youtube.com", "youtube-nocookie.com", "youtu.be"),
        shapes=(
            Shape(r"(?:m\.|music\.)?youtube\.com/watch\?(?:[^#]*&)?v=([\w-]{11})(?:&.*)?", r"youtube.com/watch?v=\1"),
            Shape(
                rf"(?:m\.|music\.)?youtube(?:-nocookie)?\.com/(?:shorts|embed|live|v)/([\w-]{{11}})(?:&[^?]*)?{_ANY_QUERY}",
                r"youtube.com/watch?v=\1",
            ),
            Shape(rf"youtu\.be/([\w-]{{11}}){_ANY_QUERY}", r"youtube.com/watch?v=\1"),
        ),
    ),
    Site(
        name="twitter",
        hosts=("x.com", "twitter.com", "mobile.twitter.com", "m.twitter.com", "mobile.x.com"),
        shapes=(
            Shape(
                rf"[^/]+/(?:i/web|i|[^/?#]+)/status(?:es)?/(\d+)(?:/(?:photo|video)/\d+)?{_ANY_QUERY}", r"x.com/i/status/\1"
            ),
        ),
    ),
    Site(
        name="reddit",
        hosts=("old.reddit.com", "new.reddit.com", "np.reddit.com", "m.reddit.com", "i.reddit.com"),
        host="reddit.com",
    ),
    Site(
        name="reddit",
        hosts=("reddit.com", "redd.it"),
        shapes=(
            Shape(
                rf"reddit\.com/(?:r/[^/]+/|u(?:ser)?/[^/]+/)?comments/([a-z0-9]+){_SLUG}{_ANY_QUERY}",
                r"reddit.com/comments/\1",
            ),
            Shape(r"redd\.it/([a-z0-9]+)", r"reddit.com/comments/\1"),
        ),
    ),
    Site(
        name="medium",
        hosts=("medium.com", "*.medium.com"),
        shapes=(Shape(rf"[^/]+/(?:[^?#]*/)?(?:[^/?#]*-|p/)([0-9a-f]{{11,12}}){_ANY_QUERY}", r"medium.com/p/\1"),),
    ),
    Site(
        name="stackoverflow",
        hosts=("stackoverflow.com",),
        shapes=(Shape(rf"stackoverflow\.com/(?:q|questions)/(\d+){_SLUG}{_ANY_QUERY}", r"stackoverflow.com/questions/\1"),),
    ),
    Site(
        name="amazon",
        hosts=("amazon.*",),
        shapes=(
            # behind the number of an article stand lists that led to it, and who is paid for that: ref=…, tag
            Shape(
                rf"(amazon\.(?:com|com\.[a-z]{{2}}|co\.[a-z]{{2}}|[a-z]{{2}}))/(?:[^/?#]+/)?dp/([0-9A-Z]{{10}})(?:/ref=[^/?#]*)?{_ANY_QUERY}",
                r"\1/dp/\2",
            ),
        ),
    ),
    Site(name="blogger", hosts=("*.blogspot.com",), drop=("m",)),
    Site(name="nytimes", hosts=("mobile.nytimes.com",), host="nytimes.com"),
    Site(name="nytimes", hosts=("nytimes.com",), drop=_NEWYORK),
    Site(name="dowjones", hosts=("wsj.com", "barrons.com", "marketwatch.com"), drop=("mod", "reflink", "siteid")),
    Site(name="guardian", hosts=("theguardian.com",), drop=("cmp",)),
    Site(name="dailymail", hosts=("dailymail.co.uk",), drop=("ito",)),
    Site(name="reuters", hosts=("reuters.com", "*.reuters.com"), drop=("feedname", "feedtype", "rpc")),
    Site(name="bloomberg", hosts=("bloomberg.com",), drop=("cmpid", "sref")),
    Site(name="feedburner", hosts=("feeds.feedburner.com", "feeds2.feedburner.com"), host="feedproxy.google.com"),
    Site(
        name="feedburner",
        hosts=("feedproxy.google.com",),
        shapes=(Shape(rf"(feedproxy\.google\.com/~r/[^?#]+/~\d/[^/?#]+){_SLUG}{_ANY_QUERY}", r"\1"),),
    ),
    Site(
        name="google-news",
        hosts=("news.google.com",),
        shapes=(
            Shape(
                rf"news\.google\.com/(?:__i/rss/rd/|rss/)?(?:articles|read)/([\w-]+){_ANY_QUERY}", r"news.google.com/articles/\1"
            ),
        ),
    ),
    # Hosts for small screens, where the path stays. A general rule would merge what is not one: m.example.com may be anything.
    *(
        Site(name="mobile", hosts=(f"{prefix}{host}",), host=host)
        for prefix, hosts in {
            "m.": (
                "36kr.com", "bjnews.com.cn", "cnbc.com", "douban.com", "facebook.com", "gelonghui.com", "guancha.cn", "huxiu.com",
                "imdb.com", "jiemian.com", "jianshu.com", "lemonde.fr", "spiegel.de", "tieba.baidu.com", "yicai.com", "zhihu.com",
            ),
            "mobile.": ("reuters.com", "slashdot.org", "theverge.com", "zdnet.com", "abc.net.au", "lemonde.fr"),
            "touch.": ("facebook.com",),
            "mbasic.": ("facebook.com",),
        }.items()
        for host in hosts
    ),
    *(
        Site(name="mobile", hosts=(f"*.m.{wiki}",), host=f"*.{wiki}")
        for wiki in ("wikipedia.org", "wikinews.org", "wikibooks.org", "wikiquote.org", "wikisource.org", "wiktionary.org")
    ),
)  # fmt: skip
