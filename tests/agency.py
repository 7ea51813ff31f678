"""Reports as two papers print them, written for these tests: the same words under other headlines, sources and editors."""

from __future__ import annotations

BRIDGE = (
    "<p>记者从省交通运输厅获悉，历时五年建设的清河特大桥于9月16日上午通车，全长3.86公里，主跨618米，双向六车道，设计时速100公里。"
    "大桥建成后，两岸居民过江的时间由原来的五十分钟缩短到六分钟，沿线四个乡镇结束了靠轮渡往来的历史。</p>"
    "<p>项目总工程师郑远帆介绍，桥址处河床覆盖层厚达七十二米，水流最急时每秒四点三米，施工人员在江心打下四十八根直径三米的钻孔桩，"
    "最深一根入土一百一十六米。为减少对江豚洄游的影响，每年四月至六月全部水下作业停工，工期因此延长了将近八个月。</p>"
    "<p>通车首日，不少市民提前来到桥头。家住北岸的退休教师吴桂兰说，她的女儿在南岸上班，过去遇到大雾停航只能绕行九十公里，"
    "如今下班半小时就能到家吃饭。当地还开通了两条跨江公交线路，早晚高峰每八分钟一班，票价两元。</p>"
    "<p>据测算，大桥每天可通行车辆约2.7万辆，预计每年为沿线企业节省物流费用3.1亿元。省里表示，配套的产业园一期工程将在年底前动工，"
    "重点引进农产品加工和冷链仓储企业，首批十一家企业已经签约。</p>"
)
LIBRARY = (
    "<p>The city library reopened on Saturday after a renovation that took 27 months and cost 41.5 million, about a fifth more"
    " than had been planned when the council approved it. More than nine thousand people came through the doors on the first"
    " day, according to the turnstiles that now count visitors.</p>"
    "<p>Workers replaced the leaking glass roof, strengthened three floors that had sagged under the weight of bound"
    " newspapers, and dug a vault beneath the courtyard where 640,000 volumes are stored at twelve degrees. A book ordered at"
    " the desk arrives by conveyor within seven minutes; before the closure readers waited until the following morning.</p>"
    "<p>“We wanted rooms in which nobody has to buy a coffee to sit down,” said Ingrid Halloran, who has run the library since"
    " 2014. She acknowledged that the reading room on the second floor lost forty seats to a workshop with printers and sewing"
    " machines, a change that several neighbourhood groups had opposed.</p>"
    "<p>The opposition on the council has asked for an account of the additional spending. An auditor is expected to report"
    " in November. Opening hours were extended to ten in the evening on weekdays, and lending is free for everybody under"
    " twenty-one.</p>"
)
MARKET = (
    "<p>周五国内油脂期货震荡走低，棕榈油主力合约收盘下跌2.4%，报每吨8106元，豆油和菜籽油跌幅分别为1.3%和0.8%。分析人士认为，"
    "产地雨季推迟、库存回升以及节前备货接近尾声，是拖累价格的主要原因。</p>"
    "<p>马来西亚棕榈油局公布的数据显示，八月末库存增加到二百零三万吨，为十个月来最高，出口环比减少一成。船运机构的统计也说明，"
    "本月上半月装船量继续下滑，印度和中东买家多持观望态度，等待新的关税安排落地。</p>"
    "<p>国内方面，港口棕榈油商业库存约五十六万吨，工厂开机率维持在五成左右，下游餐饮企业按需采购。期货公司研究员孟晓棠建议，"
    "短期不宜追空，可关注十月产量能否如期恢复，以及生物柴油掺混政策的最新进展。</p>"
)


def reprinted(text: str) -> str:
    """Return a report as another paper has it: a source above, editors below, other markup."""
    paragraphs = text.replace("<p>", "<div>").replace("</p>", "</div>\n")
    return f"<div>来源：晨报</div>{paragraphs}<div>(责任编辑：周一鸣)</div>"
