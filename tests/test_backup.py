# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Everything out into one file and back, all or nothing; a malicious file changes nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware import restore as restoring
from firmware.backup import MANIFEST, BackupError, write_backup
from firmware.data_folder import DataFolder
from firmware.prompt_audio import alaw_wav
from firmware.restore import compare, restore
from firmware.settings import revisions
from firmware.settings.factory import factory
from firmware.store import calls, prompts, users
from firmware.store.prompts import Prompt
from firmware.store.store import Store
from firmware.store.users import User
from tests.call_records import a_call

WAIT_S = 30
FACTORY = factory(range(1, 5), range(5, 9))


def a_box(folder: Path, call_count: int = 3, name: str = "Switchroom") -> DataFolder:
    """A box with settings, a user, calls, a prompt and a recording."""
    data = DataFolder(folder)
    data.make()
    settings = FACTORY.model_copy(update={"centre": FACTORY.centre.model_copy(update={"name": name})})
    with Store(data.database, durable=False) as store:
        store.write(revisions.add, settings, "x", "", 1).result(WAIT_S)
        store.write(users.add, User("admin", "admin", "$hash"), 1).result(WAIT_S)
        for number in range(1, call_count + 1):
            store.write(calls.add, a_call(number, second=number), number)
        store.write(prompts.put, Prompt("hello", "hello", "hello-1.wav", 8, "0", "x", 1)).result(WAIT_S)
    (data.prompts / "hello-1.wav").write_bytes(alaw_wav(bytes(8)))
    day = data.recordings / "2026" / "06" / "01"
    day.mkdir(parents=True)
    (day / "1-1.wav").write_bytes(alaw_wav(bytes(800)))
    return data


def contents(data: DataFolder) -> dict[str, bytes]:
    """Every file a restore may touch; the database by its rows."""
    files = {
        path.relative_to(data.root).as_posix(): path.read_bytes()
        for path in sorted(data.root.rglob("*"))
        if path.is_file() and not path.name.startswith("switchroom.db")
    }
    if data.database.exists():
        db = sqlite3.connect(data.database)
        files["rows"] = "\n".join(db.iterdump()).encode()
        db.close()
    return files


def test_what_goes_out_comes_back_into_an_empty_box(tmp_path: Path) -> None:
    source = a_box(tmp_path / "a")
    file = write_backup(source, tmp_path / "b.zip", recordings=True)
    target = DataFolder(tmp_path / "b")
    comparison = restore(file, target)
    assert comparison.rows["calls"] == (0, 3)
    assert contents(target)["rows"] == contents(source)["rows"]
    assert (target.prompts / "hello-1.wav").read_bytes() == (source.prompts / "hello-1.wav").read_bytes()
    assert (target.recordings / "2026/06/01/1-1.wav").exists()
    with Store(target.database) as store:
        assert store.mended == "" and store.migrated == ()


def test_a_backup_without_recordings_leaves_those_that_are_there(tmp_path: Path) -> None:
    file = write_backup(a_box(tmp_path / "a"), tmp_path / "b.zip")
    target = a_box(tmp_path / "b", call_count=9)
    restore(file, target)
    assert (target.recordings / "2026/06/01/1-1.wav").exists()
    with zipfile.ZipFile(file) as archive:
        assert not [name for name in archive.namelist() if name.startswith("recordings/")]


def test_a_backup_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = write_backup(a_box(tmp_path / "a"), tmp_path / "b.zip")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_comparison_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    file = write_backup(a_box(tmp_path / "a", call_count=5, name="Old name"), tmp_path / "b.zip")
    target = a_box(tmp_path / "b", call_count=2, name="New name")
    (target.prompts / "later.wav").write_bytes(b"x")
    before = contents(target)
    found = compare(file, target)
    assert found.rows["calls"] == (2, 5)
    assert [(change.path, change.before, change.after) for change in found.settings] == [
        ("centre.name", "New name", "Old name")
    ]
    assert (found.prompts_added, found.prompts_lost) == ([], ["later.wav"])
    assert contents(target) == before
    assert not list(target.root.glob(".restore-*")) and not list(tmp_path.glob(".restore-*"))


def test_what_was_there_before_a_restore_is_kept_aside(tmp_path: Path) -> None:
    file = write_backup(a_box(tmp_path / "a", call_count=5), tmp_path / "b.zip")
    target = a_box(tmp_path / "b", call_count=2)
    restore(file, target)
    (aside,) = target.root.glob("before-restore-*")
    db = sqlite3.connect(aside / "switchroom.db")
    assert db.execute("SELECT count(*) FROM calls").fetchone() == (2,)
    db.close()


def test_a_backup_of_a_box_in_use_is_whole(tmp_path: Path) -> None:
    data = a_box(tmp_path / "a")
    with Store(data.database) as store:
        futures = [store.write(calls.add, a_call(number, second=number), number) for number in range(10, 300)]
        futures[0].result(WAIT_S)
        file = write_backup(data, tmp_path / "b.zip")
    assert compare(file, data).rows["calls"][1] >= 4


def test_a_damaged_database_here_is_no_hindrance(tmp_path: Path) -> None:
    file = write_backup(a_box(tmp_path / "a"), tmp_path / "b.zip")
    target = DataFolder(tmp_path / "b")
    target.make()
    target.database.write_bytes(b"nonsense" * 1_000)
    assert restore(file, target).rows["calls"] == (0, 3)


# --- files that are not what they say ---


def rebuilt(file: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> Path:
    """The same backup with its manifest and members changed by `change`."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(manifest, members)
    target = file.with_name("evil.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps(manifest))
    return target


def add(name: str, content: bytes = b"x") -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    import hashlib

    def change(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
        members[name] = content
        manifest["members"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    return change


def with_database(sql: str) -> Callable[[dict[str, Any], dict[str, bytes]], None]:
    import tempfile

    def change(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
        with tempfile.NamedTemporaryFile(suffix=".db") as file:
            Path(file.name).write_bytes(members["switchroom.db"])
            db = sqlite3.connect(file.name)
            db.executescript(sql)
            db.close()
            add("switchroom.db", Path(file.name).read_bytes())(manifest, members)

    return change


def spoil(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    members["prompts/hello-1.wav"] = members["prompts/hello-1.wav"][:-1] + b"!"


EVIL = {
    "dots": add("prompts/../../../etc/cron.d/x.wav"),
    "dots in front": add("../switchroom.db"),
    "absolute": add("/etc/passwd"),
    "backslashes": add("prompts\\..\\x.wav"),
    "code": add("firmware/main.py"),
    "hidden": add("prompts/.x.wav"),
    "folder": add("prompts/"),
    "long name": add("prompts/" + "x" * 300 + ".wav"),
    "wrong hash": spoil,
    "not in the manifest": lambda manifest, members: members.update({"prompts/x.wav": b"x"}),
    "missing member": lambda manifest, members: members.pop("prompts/hello-1.wav"),
    "no database": lambda manifest, members: (
        members.pop("switchroom.db"),
        manifest["members"].pop("switchroom.db"),
    ),
    "wrong size": lambda manifest, members: manifest["members"]["switchroom.db"].update({"bytes": 5}),
    "newer format": lambda manifest, members: manifest.update({"format": 99}),
    "manifest of nonsense": lambda manifest, members: manifest.update({"members": [1, 2]}),
    "bomb": add("prompts/bomb.wav", bytes(80 << 20)),
    "trigger": with_database("CREATE TRIGGER t AFTER INSERT ON calls BEGIN DELETE FROM audit; END"),
    "view": with_database("CREATE VIEW v AS SELECT * FROM users"),
    "newer schema": with_database("INSERT INTO migrations VALUES ('from_the_future', 1)"),
    "not ours": with_database("DROP TABLE migrations"),
    "settings that are none": with_database("UPDATE settings_revisions SET settings = '{\"nonsense\": 1}'"),
    "damaged database": lambda manifest, members: add(
        "switchroom.db", bytes(members["switchroom.db"][:9_000])
    )(manifest, members),
    "settings file with faults": add("settings.toml", b"nonsense = 1"),
    "settings file of bytes": add("settings.toml", b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("kind", sorted(EVIL))
def test_a_malicious_backup_is_refused_and_changes_nothing(tmp_path: Path, kind: str) -> None:
    good = write_backup(a_box(tmp_path / "a"), tmp_path / "b.zip", recordings=True)
    target = a_box(tmp_path / "b", call_count=1)
    before, around = contents(target), sorted(path.name for path in tmp_path.iterdir())
    evil = rebuilt(good, EVIL[kind])
    with pytest.raises(BackupError):
        restore(evil, target)
    with pytest.raises(BackupError):
        compare(evil, target)
    assert contents(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*around, "evil.zip"])


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    good = write_backup(a_box(tmp_path / "a"), tmp_path / "b.zip")
    evil = tmp_path / "evil.zip"
    shutil.copy(good, evil)
    with zipfile.ZipFile(good) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(evil, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            kind = stat.S_IFLNK if name.startswith("prompts/") else stat.S_IFREG
            info.external_attr = (kind | 0o777) << 16
            archive.writestr(info, content)
    with pytest.raises(BackupError, match="plain file"):
        restore(evil, DataFolder(tmp_path / "c"))


@pytest.mark.parametrize("size", [0, 1, 100, 2_000, -1])
def test_a_backup_cut_at_any_place_is_refused(tmp_path: Path, size: int) -> None:
    whole = write_backup(a_box(tmp_path / "a"), tmp_path / "b.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:size])
    with pytest.raises(BackupError, match=r"cut\.zip"):
        restore(tmp_path / "cut.zip", DataFolder(tmp_path / "c"))


def test_a_restore_that_fails_half_way_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = write_backup(a_box(tmp_path / "a", call_count=7), tmp_path / "b.zip")
    target = a_box(tmp_path / "b", call_count=2)
    before = contents(target)
    moves = restoring._moves

    def with_a_folder_that_is_none(*arguments: Any) -> Any:
        yield from moves(*arguments)
        yield tmp_path / "isn't there", target.root / "x", target.root / "y"

    monkeypatch.setattr(restoring, "_moves", with_a_folder_that_is_none)
    with pytest.raises(BackupError, match="undone"):
        restore(good, target)
    after = contents(target)
    assert after == before
