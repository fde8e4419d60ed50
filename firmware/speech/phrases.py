# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue: every phrase the box says, by id, in both languages.

A slot `{name:kind}` is filled in by `firmware.speech.grammar`; the texts before and after it are sounds of their
own, `<id>.1`, `<id>.2`...  A phrase that counts has forms `<id>.none`, `<id>.one` and `<id>.many`, chosen by its
`count`.  Sounds lie in firmware/sounds/<language>/<sound id>.wav; after a change here, render them anew
(firmware/sounds/README.md).
"""

from __future__ import annotations

import msgspec

LANGUAGES = ("zh", "en")


class Phrase(msgspec.Struct, frozen=True):
    """One phrase in both languages."""

    id: str
    zh: str
    en: str

    def text(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


TO_CALLERS = (
    Phrase("notice.recorded", "为保证服务质量，本次通话将被录音。", "For quality of service, this call will be recorded."),
    Phrase("welcome", "您好，欢迎您的来电。", "Hello, and thank you for calling."),
    Phrase("menu.main", "咨询请按一，投诉请按二，留言请按三，再听一次请按星号。",
           "For inquiries, press one. For complaints, press two. To leave a message, press three. To hear this again, press star."),
    Phrase("menu.extension", "请直接拨分机号码，或按零转人工。", "Please dial the extension, or press zero for the operator."),
    Phrase("menu.invalid", "您的输入不正确，请重新输入。", "That is not a valid choice. Please try again."),
    Phrase("menu.none", "没有收到您的输入，请按键选择。", "No key was received. Please make a choice."),
    Phrase("menu.failed", "输入错误次数过多，请稍后再拨。", "Too many wrong entries. Please call again later."),
    Phrase("closed", "现在是下班时间，请在上班时间来电。", "We are closed now. Please call again during opening hours."),
    Phrase("goodbye", "感谢您的来电，再见。", "Thank you for calling. Goodbye."),
    Phrase("try_later", "请稍后再拨。", "Please try again later."),
    Phrase("queue.welcome", "正在为您转接，请稍候。", "We are connecting you to an agent. Please hold."),
    Phrase("queue.busy", "现在座席都很忙，请您稍等。", "All our agents are busy. Please hold."),
    Phrase("queue.next", "您是下一位，请稍候。", "You are next in line. Please hold."),
    Phrase("queue.position", "您的排队位置是{position:number}。", "You are number {position:number} in the queue."),
    Phrase("queue.wait_minutes.none", "等待时间不到一分钟。", "The expected wait is less than one minute."),
    Phrase("queue.wait_minutes.one", "大概需要等待一分钟。", "The expected wait is about one minute."),
    Phrase("queue.wait_minutes.many", "大概需要等待{count:count}分钟。", "The expected wait is about {count:count} minutes."),
    Phrase("queue.wait_long", "等待时间可能较长，感谢您的耐心等待。", "The wait may be long. Thank you for your patience."),
    Phrase("queue.overflow", "座席仍然全忙，我们将为您另行安排。", "All our agents are still busy. We will try another way."),
    Phrase("queue.full", "等候的人数太多，请稍后再拨。", "The queue is full. Please call again later."),
    Phrase("queue.empty", "现在没有座席上班，请稍后再拨。", "No agent is on duty now. Please call again later."),
    Phrase("voicemail.leave", "请在提示音后留言，完成后请挂机。", "Please leave a message after the tone, then hang up."),
    Phrase("voicemail.saved", "您的留言已经保存好了。", "Your message has been saved."),
    Phrase("voicemail.too_short", "留言太短，没有保存。", "The message was too short, and was not saved."),
    Phrase("voicemail.full", "信箱已满，无法留言。", "The mailbox is full. No message can be left."),
    Phrase("voicemail.limit", "留言时间已到。", "The time for your message is up."),
    Phrase("voicemail.waiting.none", "没有新留言。", "There are no new messages."),
    Phrase("voicemail.waiting.one", "有一条新留言。", "There is one new message."),
    Phrase("voicemail.waiting.many", "有{count:count}条新留言。", "There are {count:count} new messages."),
    Phrase("secret.enter", "请输入密码，按井号键结束。", "Please enter your PIN, then press the pound key."),
    Phrase("secret.wrong", "密码错误，请重新输入。", "That PIN is wrong. Please try again."),
    Phrase("secret.locked", "密码错误次数过多，已被锁定。", "Too many wrong entries. This is locked for now."),
    Phrase("hold.please", "请不要挂断电话。", "Please stay on the line."),
    Phrase("transfer.trying", "正在转接，请稍候。", "Your call is being transferred. Please hold."),
    Phrase("ring.unanswered", "无人接听，请稍后再拨。", "Nobody is answering. Please call again later."),
    Phrase("call.limit", "通话时间已到，即将挂断。", "This call has reached its time limit, and will end now."),
)  # fmt: skip

TO_AGENTS = (
    Phrase("agent.logged_in", "登录成功。", "You are logged in."),
    Phrase("agent.logged_out", "您已经退出。", "You are logged out."),
    Phrase("agent.enter_number", "请输入工号，按井号键结束。", "Please enter your agent number, then press the pound key."),
    Phrase("agent.unknown", "这个工号不存在。", "There is no such agent number."),
    Phrase("agent.wrong_pin", "工号或者密码不对。", "The agent number or the PIN is wrong."),
    Phrase("agent.locked", "密码错误次数过多，请稍后再试。", "Too many wrong PINs. Please try again later."),
    Phrase("agent.not_logged_in", "您还没有登录。", "You are not logged in."),
    Phrase("agent.phone_taken", "这部话机上已经有人登录。", "Another agent is logged in at this phone."),
    Phrase("agent.elsewhere", "您的工号已经在别的电话上登录。", "You are logged in at another phone."),
    Phrase("agent.paused", "已经暂停。", "You are paused."),
    Phrase("agent.paused_reason", "已经暂停，原因是{pause_reason:digits}。", "You are paused, with reason {pause_reason:digits}."),
    Phrase("agent.ready", "恢复接听。", "You are ready for calls."),
    Phrase("agent.wrapping_up", "您正在处理上一个电话。", "You are still in wrap-up."),
    Phrase("agent.missed", "您没有接听来电，现在已经暂停。", "You missed a call, and are now paused."),
    Phrase("queue.joined", "已经加入队列{queue:digits}。", "You have joined queue {queue:digits}."),
    Phrase("queue.left", "已经离开队列{queue:digits}。", "You have left queue {queue:digits}."),
    Phrase("queue.joined_all", "已经加入全部队列。", "You have joined all queues."),
    Phrase("queue.left_all", "已经离开全部队列。", "You have left all queues."),
    Phrase("queue.unknown", "没有这个队列。", "There is no such queue."),
    Phrase("queue.waiting.none", "现在没有客户等候。", "Nobody is waiting."),
    Phrase("queue.waiting.one", "现在有一位客户等候。", "One person is waiting."),
    Phrase("queue.waiting.many", "现在有{count:count}位客户等候。", "There are {count:count} people waiting."),
    Phrase("queue.longest_wait", "最长已等候{seconds:duration}。", "The longest wait is {seconds:duration}."),
)  # fmt: skip

TO_PHONES = (
    Phrase("done", "操作成功。", "Done."),
    Phrase("failed", "操作失败。", "That did not work."),
    Phrase("not_allowed", "您没有这个权限。", "You are not allowed to do that."),
    Phrase("not_now", "现在不能进行这项操作。", "That can not be done now."),
    Phrase("code.unknown", "没有这个功能码。", "There is no such code."),
    Phrase("code.incomplete", "号码不完整，请重新拨号。", "The code is not complete. Please dial again."),
    Phrase("station.extension", "本机分机号码是{extension:digits}。", "This is extension {extension:digits}."),
    Phrase("station.agent", "登录的工号是{agent:digits}。", "The agent number logged in is {agent:digits}."),
    Phrase("station.no_agent", "没有人登录。", "No agent is logged in."),
    Phrase("station.line", "线路编号是{port:number}。", "It is on port {port:number}."),
    Phrase("station.busy", "对方正在通话中，请稍后再拨。", "That phone is busy. Please try again later."),
    Phrase("station.no_answer", "对方无人接听。", "That phone does not answer."),
    Phrase("station.unavailable", "对方话机暂时无法接通。", "That phone can not be reached now."),
    Phrase("station.self", "这是您自己的号码。", "That is your own number."),
    Phrase("station.off_hook", "电话没有挂好，请放好听筒。", "The phone is off the hook. Please hang up."),
    Phrase("box.address", "本机网络地址是{address:address}。", "The network address of this box is {address:address}."),
    Phrase("box.no_address", "没有连接网络。", "There is no network connection."),
    Phrase("clock.now", "现在时间是{date:date}，{time:time}。", "It is now {date:date}, {time:time}."),
    Phrase("number.vacant", "您拨的号码是空号，请查证后再拨。", "The number you have dialed is not in use. Please check it and dial again."),
    Phrase("number.barred", "这个号码不允许拨打。", "This number may not be dialed."),
    Phrase("number.incomplete", "号码不完整，请查证后再拨。", "The number is not complete. Please check it and dial again."),
    Phrase("number.too_long", "号码太长，请查证后再拨。", "The number is too long. Please check it and dial again."),
    Phrase("number.called_by", "来电号码是{number:telephone}。", "The call came from {number:telephone}."),
    Phrase("outside.not_allowed", "本机不能拨打外线。", "This phone may not call outside."),
    Phrase("lines.busy", "外线全忙，请稍后再拨。", "All outside lines are busy. Please try again later."),
    Phrase("lines.none", "没有可用的外线。", "No outside line is in service."),
    Phrase("lines.no_dial_tone", "外线没有拨号音，请稍后再拨。", "There is no dial tone on the line. Please try again later."),
    Phrase("outside.busy", "对方占线。", "The other party is busy."),
    Phrase("outside.no_answer", "对方没有接听。", "The other party does not answer."),
    Phrase("transfer.failed", "转接没有成功。", "The transfer did not work."),
    Phrase("transfer.returned", "转接没有成功，电话已经返回。", "The transfer did not work, and the call is back with you."),
    Phrase("transfer.held", "您有一个电话在保持中。", "You have a call on hold."),
    Phrase("emergency.calling", "正在拨打紧急电话，请不要挂机。", "Calling the emergency service. Please stay on the line."),
    Phrase("emergency.no_line", "没有外线，请用手机拨打。", "There is no outside line. Please use a mobile phone."),
    Phrase("recording.stopped", "存储空间不足，录音已经停止。", "There is no space left, and recording has stopped."),
    Phrase("bare.database", "数据库无法使用，系统只能打接电话。",
           "The database can not be used. Phones can only make and take calls."),
    Phrase("bare.settings", "系统设置无法读取，系统只能打接电话。",
           "The settings can not be read. Phones can only make and take calls."),
    Phrase("bare.disk", "磁盘故障，系统只能打接电话。", "The disk has failed. Phones can only make and take calls."),
    Phrase("bare.starting", "系统正在启动，请稍候。", "The system is starting. Please wait."),
)  # fmt: skip

# What *10 says: a code, digit by digit, then its name.  The ids end as the settings' `Codes` do.
CODE_NAMES = (
    Phrase("codes.intro", "您可以使用下面的功能码。", "These are the codes you can use."),
    Phrase("codes.speak_codes", "收听功能码。", "hears these codes."),
    Phrase("codes.log_in", "加工号和密码，登录。", "with agent number and PIN, logs in."),
    Phrase("codes.log_out", "退出登录。", "logs out."),
    Phrase("codes.join_queue", "加队列号，加入队列。", "with a queue number, joins that queue."),
    Phrase("codes.leave_queue", "加队列号，离开队列。", "with a queue number, leaves that queue."),
    Phrase("codes.pause", "加原因，暂停接听。", "with a reason, pauses."),
    Phrase("codes.ready", "恢复接听。", "makes you ready for calls."),
    Phrase("codes.waiting", "查询等候人数。", "says how many people wait."),
    Phrase("codes.who_am_i", "查询本机号码。", "says which phone this is."),
    Phrase("codes.box_address", "查询网络地址。", "says the network address of the box."),
    Phrase("codes.outside", "加电话号码，拨打外线。", "with a telephone number, calls outside."),
    Phrase("codes.operator", "接总机。", "calls the operator."),
)  # fmt: skip

PHRASES: dict[str, Phrase] = {phrase.id: phrase for phrase in TO_CALLERS + TO_AGENTS + TO_PHONES + CODE_NAMES}
