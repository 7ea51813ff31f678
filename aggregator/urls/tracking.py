"""Owns the parameters that say how a reader came to a page, never which page it is.

Names that some sites use to address content (ref, source, id, from) are not here, unless their value gives them away: merging two
articles is worse than keeping one twice.
"""

from __future__ import annotations

TRACKING_PARAMETERS = frozenset(
    {
        # campaigns, mailings and advertisements
        "__hsfp", "__hssc", "__hstc", "__readwiselocation", "__twitter_impression", "_bhlid", "_branch_match_id",
        "_branch_referrer", "_hsenc", "_hsmi", "_ga", "_gl", "_openstat", "_kx", "at_campaign", "at_format", "at_link_id",
        "at_link_origin", "at_link_type", "at_medium", "at_ptr_name", "campaign_medium", "campaign_source", "ck_subscriber_id",
        "dclid", "dm_i", "ef_id", "epik", "fb_action_ids", "fb_action_types", "fb_comment_id", "fb_ref", "fb_source", "fbclid",
        "gad_source", "gbraid", "gclid", "gclsrc", "guccounter", "guce_referrer", "guce_referrer_sig", "hmb_campaign",
        "hmb_medium", "hmb_source", "hsctatracking", "igsh", "igshid", "irclickid", "itm_campaign", "itm_medium", "itm_source",
        "li_fat_id", "mc_cid", "mc_eid", "mc_tc", "mkt_tok", "ml_subscriber", "ml_subscriber_hash", "msclkid", "ns_campaign",
        "ns_fee", "ns_linkname", "ns_mchannel", "ns_source", "rb_clickid", "s_cid", "s_kwcid", "sc_cid", "srsltid", "ttclid",
        "twclid", "wbraid", "wickedid", "wpmobileexternal", "wprov", "wt_mc", "wt_zmc", "wt.mc_id", "yclid", "ysclid",
        # Chinese platforms
        "share_from", "share_medium", "share_plat", "share_source", "share_tag", "share_token", "share_session_id", "share_uid",
        "share_user_id", "share_app_id", "share_to", "share_channel", "share_times",
        "share_timestamp", "sharesource", "shareuid", "sharefrom", "spm", "spm_id_from", "vd_source", "from_spmid",
        "bd_vid", "isappinstalled", "nsukey", "wechatredirect", "wx_share", "wxshare_count", "tt_from", "hmsr",
        "hmpl", "hmcu", "hmkw", "hmci",
        # Google's viewer of AMP pages
        "amp_ct", "amp_gsa", "amp_js_v", "amp_kit", "amp_lite", "amp_r", "amp_tf", "usqp",
        # sessions, and a form on the same page
        "jsessionid", "phpsessid", "replytocom",
    }
)  # fmt: skip
TRACKING_PREFIXES = (
    "utm_", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "oly_", "vero_", "at_custom", "at_recipient_", "aspsessionid", "trk_",
)  # fmt: skip
_FEEDS = frozenset({"rss", "rss2", "atom", "feed", "rssfeed", "feedburner"})
_SHARED = frozenset({"timeline", "singlemessage", "groupmessage", "wechat", "weixin", "wx", "weibo", "qq", "qzone"})
_AMP = frozenset({"amp"})
# Parameters that do not count with these values; where they may have others they count.
TRACKING_VALUES = {
    "amp": frozenset({"", "1", "true", "yes"}),
    "cmp": _FEEDS,
    "cmpid": _FEEDS,
    "display": _AMP,
    "emc": _FEEDS,
    "from": _FEEDS | _SHARED,
    "mode": _AMP,
    "output": _AMP,
    "outputtype": _AMP,
    "partner": _FEEDS,
    "ref": _FEEDS,
    "share": _SHARED,
    "source": _FEEDS,
    "src": _FEEDS,
    "via": _FEEDS,
    "view": _AMP,
}
# And with values that begin so: ``ftag=RSS1a2b``, ``ncid=rss_truncated``, ``xtor=RSS-3208``, ``mod=rss_markets``.
# ``extra=page%3D1`` is the page of a Discuz board from which a reader came to a thread.
TRACKING_BEGINNINGS = {"extra": "page%3d", "ftag": "rss", "mod": "rss_", "ncid": "rss", "xtor": "rss-"}
