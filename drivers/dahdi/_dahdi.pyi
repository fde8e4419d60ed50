# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The types of the compiled binding, for mypy.  Names and structures are those of dahdi/user.h."""

from typing import Any, TypeAlias

CData: TypeAlias = Any

class Lib:
    def dahdi_control(self, descriptor: int, request: int, argument: CData) -> int: ...
    def __getattr__(self, name: str) -> int: ...

class Ffi:
    NULL: CData

    def new(self, kind: str, init: object = ...) -> CData: ...
    def string(self, data: CData) -> bytes: ...
    def sizeof(self, kind: str) -> int: ...
    def offsetof(self, kind: str, field: str) -> int: ...

ffi: Ffi
lib: Lib
