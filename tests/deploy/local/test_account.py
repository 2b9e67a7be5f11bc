import os
import shutil

import pytest

from deploy.local import outside
from deploy.local.account import Account, can_reach, named_account, server_account
from deploy.local.outside import reachable_copy, reachable_directory
from deploy.local.rundir import RunDir

STRANGER = Account(64321, 64321)
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")


def closed(path):
    path.mkdir(mode=0o700)
    return path


@only_root
def test_root_gets_an_unprivileged_account():
    assert server_account().uid != 0
    assert named_account().uid != 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root changes the account")
def test_an_ordinary_user_stays_who_they_are():
    assert server_account() is None


def test_a_closed_directory_above_cannot_be_passed(tmp_path):
    place = closed(tmp_path / "home") / "project"
    place.mkdir(mode=0o755)
    assert can_reach(place, None)
    assert not can_reach(place, STRANGER)
    assert can_reach(place, Account(os.geteuid(), os.getegid()))


@only_root
def test_data_under_a_closed_directory_is_put_outside_and_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "BASE", tmp_path / "var")
    run = RunDir(closed(tmp_path / "home") / "run").create()
    data = reachable_directory(run.data / "postgres", STRANGER)
    assert outside.BASE in data.parents
    data.mkdir()
    assert (run.data / "postgres").resolve() == data
    assert reachable_directory(run.data / "postgres", STRANGER) == data
    (data.parent / "postgres.init").mkdir()
    run.remove()
    assert not any(outside.BASE.iterdir())


@only_root
def test_data_of_a_run_directory_that_was_removed_by_hand_is_not_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "BASE", tmp_path / "var")
    run = RunDir(closed(tmp_path / "home") / "run").create()
    reachable_directory(run.data / "postgres", STRANGER).mkdir()
    shutil.rmtree(run.root)
    assert not reachable_directory(run.create().data / "postgres", STRANGER).exists()


@only_root
def test_a_link_of_the_users_own_is_followed_and_never_emptied(tmp_path):
    run = RunDir(tmp_path / "run").create()
    disk = tmp_path / "big-disk"
    disk.mkdir()
    (run.data / "postgres").symlink_to(disk)
    assert reachable_directory(run.data / "postgres", STRANGER) == disk
    run.remove()
    assert disk.exists()


@only_root
def test_binaries_under_a_closed_directory_are_copied_once(tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "BASE", tmp_path / "var")
    packages = closed(tmp_path / "home")
    (packages / "tool" / "bin").mkdir(parents=True)
    (packages / "tool" / "bin" / "server").write_text("#!/bin/sh\n")
    (packages / "unneeded").mkdir()
    copy = reachable_copy(packages, ("tool/bin",), STRANGER)
    assert (copy / "tool" / "bin" / "server").read_text() == "#!/bin/sh\n"
    assert not (copy / "unneeded").exists()
    before = copy.stat().st_ino
    assert reachable_copy(packages, ("tool/bin",), STRANGER).stat().st_ino == before
    (packages / "tool" / "bin" / "client").touch()
    assert reachable_copy(packages, ("tool/bin",), STRANGER) != copy
