"""The first command a person types: what it says and does before anything is installed."""

import ast
import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(__file__).resolve().parents[1]


def test_an_old_python_can_read_the_file_and_is_refused_with_a_sentence(monkeypatch):
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(start.Stop, match=r"needs Python 3\.11 or newer"):
        start.require_python()


def test_a_newer_python_of_the_machine_takes_over(monkeypatch):
    handed = []
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(os, "execv", lambda path, arguments: handed.append(path))
    with pytest.raises(start.Stop):
        start.require_python()
    assert handed == ["/bin/python3.12"]


def test_only_the_standard_library_is_imported():
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_packages_are_installed_again_only_when_their_list_changes(monkeypatch, tmp_path):
    installed = []
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("a==1\n", encoding="utf-8")
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start, "is_usable", lambda venv: True)
    monkeypatch.setattr(start, "install", lambda requirements, venv: installed.append(requirements.name))
    for _ in range(2):
        start.ensure_environment(tmp_path / "requirements-dev.txt")
    assert installed == ["requirements-dev.txt"]
    (tmp_path / "requirements.txt").write_text("a==2\n", encoding="utf-8")
    start.ensure_environment(tmp_path / "requirements-dev.txt")
    assert installed == ["requirements-dev.txt"] * 2


def test_a_half_made_environment_is_not_usable(tmp_path):
    assert not start.is_usable(tmp_path)
    python = start.python_of(tmp_path)
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    assert not start.is_usable(tmp_path)


def test_the_next_port_is_taken_when_the_first_is_in_use(monkeypatch):
    with socket.socket() as occupied:
        occupied.bind((start.HOST, 0))
        occupied.listen()
        taken = occupied.getsockname()[1]
        monkeypatch.setattr(start, "FIRST_PORT", taken)
        assert start.free_port() > taken


def test_no_browser_is_opened_without_a_screen(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "CI"):
        monkeypatch.delenv(name, raising=False)
    assert not start.has_screen()


def test_without_rights_to_install_the_skipped_tests_are_named(monkeypatch, capsys):
    monkeypatch.setattr(start, "find_chromium", lambda: None)
    monkeypatch.setattr(start, "administrator_apt", lambda: None)
    start.ensure_chromium()
    assert "tests/browser are skipped" in capsys.readouterr().out


def test_an_unknown_option_of_run_is_refused_and_one_of_test_goes_to_pytest():
    with pytest.raises(SystemExit):
        start.parse(["run", "--nonsense"])
    assert start.parse(["test", "-k", "names"]).pytest == ["-k", "names"]
