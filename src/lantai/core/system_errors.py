"""What the operating system says when a file, disk or line fails, in the reader's language."""

from __future__ import annotations

import errno
import os

from .language import gettext as _
from .language import gettext_noop

_WORDS = {
    errno.ENOENT: gettext_noop("没有这个文件或目录"),
    errno.EACCES: gettext_noop("没有权限"),
    errno.EPERM: gettext_noop("系统不允许这样做"),
    errno.EIO: gettext_noop("磁盘读写出错"),
    errno.ENOSPC: gettext_noop("磁盘已满"),
    errno.EDQUOT: gettext_noop("超出磁盘配额"),
    errno.EFBIG: gettext_noop("文件超出系统允许的大小"),
    errno.EROFS: gettext_noop("磁盘以只读方式挂载"),
    errno.EEXIST: gettext_noop("已有同名的文件或目录"),
    errno.ENOTDIR: gettext_noop("不是目录"),
    errno.EISDIR: gettext_noop("是目录，不是文件"),
    errno.ENOTEMPTY: gettext_noop("目录不是空的"),
    errno.ELOOP: gettext_noop("是链接，不跟随"),
    errno.ENAMETOOLONG: gettext_noop("文件名太长"),
    errno.EMFILE: gettext_noop("打开的文件太多"),
    errno.EBUSY: gettext_noop("正被占用"),
    errno.EINVAL: gettext_noop("系统不接受"),
    errno.ENODEV: gettext_noop("设备不在"),
    errno.ENXIO: gettext_noop("设备不在"),
    errno.ESTALE: gettext_noop("网络磁盘已断开"),
    errno.ETIMEDOUT: gettext_noop("没有按时应答"),
    errno.ECONNREFUSED: gettext_noop("对方拒绝连接"),
    errno.ECONNRESET: gettext_noop("连接中断"),
    errno.EHOSTUNREACH: gettext_noop("网络不通"),
    errno.ENETUNREACH: gettext_noop("网络不通"),
    errno.EADDRINUSE: gettext_noop("端口已被占用"),
    errno.EADDRNOTAVAIL: gettext_noop("本机没有这个地址"),
}


def in_words(number: int | None, otherwise: str = "") -> str:
    """What an error number means.

    Args:
        number: the system's ``errno``.
        otherwise: what is said where there is none, or it is a rare one.
    """
    if number in _WORDS:
        return _(_WORDS[number])
    return otherwise or (os.strerror(number) if number else _("原因不明"))


def words_of(error: OSError) -> str:
    """Why a call of the system failed."""
    return in_words(error.errno, error.strerror or str(error))
