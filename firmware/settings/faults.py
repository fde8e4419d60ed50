# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with settings: one code each, said in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TEXTS: Mapping[str, tuple[str, str]] = {
    # shape
    "not_toml": ("this is no TOML: {why}", "不是有效的 TOML：{why}"),
    "unknown_key": ("there is no such setting", "没有这个设置项"),
    "missing": ("this must be given", "必须填写"),
    "wrong_type": ("this must be {wanted}", "类型不对，应为{wanted_zh}"),
    "out_of_range": ("this must be {bound}", "超出范围，应{bound_zh}"),
    "too_short": ("this must have at least {least} characters", "至少填写 {least} 个字符"),
    "too_long": ("this may have at most {most} characters", "最多 {most} 个字符"),
    "wrong_form": ("this must be {wanted}", "格式不对，应为{wanted_zh}"),
    "not_one_of": ("this must be one of {allowed}", "只能是：{allowed}"),
    "wrong": ("{why}", "{why}"),
    "too_many": ("there are more faults than {count}", "错误超过 {count} 处"),
    # the same thing twice
    "twice": ("{what} {value} is given twice (also at {other})", "{what_zh} {value} 重复（另见 {other}）"),
    "port_taken": (
        "port {port} is a line and a phone at once (also at {other})",
        "端口 {port} 既是外线又是话机（另见 {other}）",
    ),
    "port_kind": ("port {port} is there, but it is {kind}", "端口 {port} 实际是{kind_zh}"),
    # what is named but isn't there
    "no_such": ("there is no {what} {value}", "没有{what_zh} {value}"),
    "no_prompt": ("there is no prompt {value}", "没有语音提示 {value}"),
    "prompt_slots": (
        "the phrase {value} needs numbers filled in and can't be played alone",
        "提示 {value} 需要填入数值，不能单独播放",
    ),
    "no_music": ("there is no music {value}", "没有等待音乐 {value}"),
    "timezone": ("there is no time zone {value}", "没有时区 {value}"),
    # numbering plan
    "extension_begins": (
        "an extension may not begin with {value} ({why})",
        "分机号不能以 {value} 开头（{why_zh}）",
    ),
    "extension_prefix": (
        "extension {value} begins extension {other}",
        "分机号 {value} 是分机号 {other} 的开头",
    ),
    "code_form": ("a code is * and two digits, or **", "功能码应为 * 加两位数字，或 **"),
    "code_prefix": ("the code {value} begins the code {other}", "功能码 {value} 是功能码 {other} 的开头"),
    "no_emergency": (
        "the emergency number {value} must be in the list, so that it goes out from every phone",
        "列表中必须有紧急号码 {value}，任何话机都要能拨打",
    ),
    "plan_clash": ("{value} clashes with {what} {other}", "{value} 与{what_zh} {other} 冲突"),
    # flows and times
    "endless": (
        "the nodes {nodes} go round without ever waiting for the caller",
        "节点 {nodes} 构成循环，其中从不等待来电者",
    ),
    "unbounded": (
        "a menu without keys and without direct extensions leads nowhere",
        "菜单没有按键，也不能直拨分机",
    ),
    "span": ("{value} is no span of a day like 09:00-18:00", "{value} 不是时间段，应如 09:00-18:00"),
    "overlap": ("{value} overlaps {other}", "{value} 与 {other} 重叠"),
    "date": ("{value} is no date like 2026-10-01", "{value} 不是日期，应如 2026-10-01"),
    "both_dates": ("{value} is closed and open at once", "{value} 同时设为休息和营业"),
    "order": ("this must be {relation} {other}", "应{relation_zh} {other}"),
    "hotline": ("a hotline phone needs hotline_number", "热线话机必须填写 hotline_number"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong.  path: where, as `lines[0].port`; code: a key of TEXTS; values: what its text says."""

    path: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """What is wrong, in "en" or "zh"."""
        return TEXTS[self.code][1 if language == "zh" else 0].format_map(dict(self.values))

    @property
    def message(self) -> str:
        return self.text("en")

    def plain(self) -> dict[str, Any]:
        """As the socket says it."""
        return {
            "path": self.path,
            "code": self.code,
            "values": dict(self.values),
            "message": {"en": self.text("en"), "zh": self.text("zh")},
        }

    def __str__(self) -> str:
        return f"{self.path or 'settings'}: {self.message}"
