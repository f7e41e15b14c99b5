#!/usr/bin/env python3
"""Install what is needed and start the control room (`start.py`), or run every test (`start.py test`).

`start.py engine` installs the client of a Spark Connect engine, for those who sum facts beyond this machine.

Standard library only, because it runs before anything is installed. The syntax stays readable for old
Pythons, so that they get a sentence instead of a traceback.
"""

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
ENGINE_VENV = ROOT / ".venv-engine"
OLDEST = (3, 11)
HOST = "127.0.0.1"
FIRST_PORT = 8501
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Stop(Exception):
    """A sentence for the person at the keyboard: what is missing and what to do."""


def main(arguments=None):
    """Carry out the command and return the exit status."""
    options = parse(arguments)
    try:
        require_python()
        if options.command == "test":
            return run_tests(options.quick, options.pytest)
        if options.command == "engine":
            python = ensure_environment(ROOT / "requirements-engine.txt", ENGINE_VENV)
            say("The client of the engine is ready: %s" % python)
            return 0
        return run_app(options)
    except Stop as stop:
        say(str(stop), stream=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def parse(arguments):
    """Read the command line; what `test` does not know itself goes on to pytest."""
    about = "Start the control room, test it, or install the client of an engine."
    parser = argparse.ArgumentParser(prog="start.py", description=about)
    parser.add_argument("command", nargs="?", choices=("run", "test", "engine"), default="run")
    parser.add_argument("--quick", action="store_true", help="test: leave the slow and the browser tests out")
    parser.add_argument("--db", help="run: database file (default var/ocem.duckdb, or OCEM_DB)")
    parser.add_argument("--port", type=int, help="run: port (default 8501, or the next one that is free)")
    parser.add_argument("--no-browser", action="store_true", help="run: do not open a browser")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error("unknown option: " + " ".join(rest))
    options.pytest = rest
    return options


def say(sentence, stream=None):
    """Print at once, also when the output is a file."""
    print(sentence, file=stream or sys.stdout, flush=True)


# Environment


def require_python():
    """Go on with a newer Python of this machine when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in (14, 13, 12, 11):
        newer = shutil.which("python3.%d" % minor)
        if newer:
            os.execv(newer, [newer, str(ROOT / "start.py"), *sys.argv[1:]])
    raise Stop(
        "This program needs Python 3.11 or newer; %s is Python %s.\n"
        "Install a newer Python and run the same command with it, for example: python3.11 start.py"
        % (sys.executable, sys.version.split()[0])
    )


def python_of(venv):
    """Path of a virtual environment's interpreter."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment(requirements, venv=VENV):
    """Make the virtual environment and install what the file names, unless exactly that was done before."""
    if not is_usable(venv):
        make_environment(venv)
    stamp = venv / (requirements.stem + ".installed")
    wanted = fingerprint(requirements)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python_of(venv)
    install(requirements, venv)
    stamp.write_text(wanted, encoding="utf-8")
    return python_of(venv)


def is_usable(venv):
    """Say whether the environment exists and its Python starts; a moved or half-made one does not."""
    python = python_of(venv)
    if not python.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (%d, %d))" % OLDEST
    return subprocess.run([str(python), "-c", probe], capture_output=True).returncode == 0


def make_environment(place=VENV):
    """Create the environment beside this file, anew when a broken one is there."""
    say("Making the virtual environment in %s ..." % place.name)
    try:
        import ensurepip  # noqa: F401  Debian ships it apart from Python; without it .venv would have no pip.
        import venv  # noqa: F401
    except ImportError:
        raise Stop(
            "Python's venv module is missing. On Debian or Ubuntu install it with\n"
            "    sudo apt-get install python3-venv\n"
            "and run the same command again."
        ) from None
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)]).returncode:
        raise Stop("The virtual environment could not be made in %s (see above)." % place)


def fingerprint(requirements):
    """Hash of everything that decides what gets installed."""
    digest = hashlib.sha256(sys.version.split()[0].encode())
    needed = "requirements-engine.txt" if requirements.name.startswith("requirements-engine") else "requirements.txt"
    for file in (ROOT / needed, requirements):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def install(requirements, venv=VENV):
    """Install the pinned packages with pip's own progress."""
    size = "about 650 MB, some minutes" if venv == VENV else "about 600 MB, a minute or two"
    say("Installing the packages of %s (%s the first time) ..." % (requirements.name, size))
    pip = [str(python_of(venv)), "-m", "pip", "install", "--disable-pip-version-check", "--retries", "2"]
    if subprocess.run([*pip, "-r", str(requirements)], cwd=ROOT).returncode:
        raise Stop(
            "The packages could not be installed (pip's reason stands above).\n"
            "Most often there is no network: the first start needs the Python package index. Behind a proxy\n"
            "set HTTPS_PROXY; with a local mirror set PIP_INDEX_URL. Then run the same command again."
        )


# The app


def run_app(options):
    """Install, build the demo company if there is no database yet, and serve until Ctrl-C."""
    python = ensure_environment(ROOT / "requirements.txt")
    program = [str(python), "-m", "ocem", "--db"]
    database = database_path(options.db)
    if not database.exists():
        build_demo(program, database)
    port = options.port or free_port()
    address = "http://%s:%d" % (HOST, port)
    if not options.no_browser and has_screen():
        threading.Thread(target=open_when_ready, args=(address,), daemon=True).start()
    say("Control room: %s   (Ctrl-C stops it)" % address)
    # The browser is opened here, once the server answers; Streamlit's own way first asks for an e-mail address.
    return wait(subprocess.Popen([*program, str(database), "serve", "--port", str(port), "--no-browser"], cwd=ROOT))


def build_demo(program, database):
    """Build the demo company aside and move it into place when it is whole; an interrupted build starts anew."""
    say("No database yet: building the demo company from its export files ...")
    home, aside = database.parent, database.parent / "demo-unfinished"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    if (home / "secret.key").exists():
        shutil.copy2(home / "secret.key", aside)
    # Progress comes on standard error; where it says the demo lies is not where it will lie in a moment.
    building = [*program, str(aside / database.name), "demo"]
    if subprocess.run(building, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
        raise Stop("The demo company could not be built (see above). Run the same command to try again.")
    for entry in sorted(aside.iterdir(), key=lambda entry: entry.name == database.name):
        if not (home / entry.name).exists():
            shutil.move(str(entry), str(home / entry.name))
    shutil.rmtree(aside)
    say("The demo company is ready in %s; its export files are in %s." % (database, home / "exports"))


def database_path(given):
    """The database that the program will use."""
    path = Path(given or os.environ.get("OCEM_DB") or "var/ocem.duckdb").expanduser()
    return path if path.is_absolute() else ROOT / path


def free_port():
    """First free port from 8501 on."""
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise Stop("No free port between %d and %d; give one with --port." % (FIRST_PORT, FIRST_PORT + 99))


def has_screen():
    """Say whether a window can appear; without a display webbrowser would open one in the terminal."""
    if os.environ.get("CI"):
        return False
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def open_when_ready(address):
    """Open the browser once the server answers; the app runs just as well when none opens."""
    for _ in range(240):
        try:
            urllib.request.urlopen(address + "/_stcore/health", timeout=2).close()
            webbrowser.open(address)
            return
        except (OSError, webbrowser.Error):
            time.sleep(0.5)


def wait(process):
    """Wait for a process; Ctrl-C reaches it too, so give it time to close the database."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
        return 0


# The tests


def run_tests(quick, extra):
    """Run the checks of the code and then the tests, so that pytest's summary is the last line."""
    python = str(ensure_environment(ROOT / "requirements-dev.txt"))
    if not quick:
        ensure_chromium()
        ensure_engine()
    tools = Path(python).parent
    checks = {
        "lint": [python, "-m", "ruff", "check", "."],
        "format": [python, "-m", "ruff", "format", "--check", "."],
        "import contracts": [str(tools / "lint-imports"), "--no-cache", "--no-logo"],
        "types": [python, "-m", "mypy"],
    }
    failed = [name for name, command in checks.items() if not passes(name, command)]
    marks = [] if quick else ["-m", ""]
    say("-- tests" + (" (quick ones)" if quick else ""))
    # Two at a time where there is room for two; a file's tests stay together because they share what is slow to make.
    several = ["-n", "2", "--dist", "loadfile"] if (os.cpu_count() or 1) > 1 and "-n" not in extra else []
    status = subprocess.run([python, "-m", "pytest", *several, *marks, *extra], cwd=ROOT).returncode
    if failed:
        say("Checks that failed before the tests: " + ", ".join(failed), stream=sys.stderr)
    return status or len(failed)


def ensure_engine():
    """Install the client of an engine and the engine of the tests; without them its tests are skipped."""
    started = time.monotonic()
    try:
        ensure_environment(ROOT / "requirements-engine-dev.txt", ENGINE_VENV)
    except Stop as stop:
        say("%s\nThe tests of the engine beyond this machine are skipped." % stop)
        return
    say("-- the engine of the tests: ready (%.0f s)" % (time.monotonic() - started))


def passes(name, command):
    """Run one check, saying its name and how long it took."""
    say("-- " + name)
    started = time.monotonic()
    status = subprocess.run(command, cwd=ROOT).returncode
    say("   %s: %s (%.0f s)" % (name, "failed" if status else "ok", time.monotonic() - started))
    return status == 0


def ensure_chromium():
    """Install Chromium from Debian's packages where possible; without it the browser tests are skipped."""
    if find_chromium():
        return
    reason = "Chromium is not installed"
    apt = administrator_apt()
    if apt:
        say("Installing Chromium from the distribution's packages, for the browser tests ...")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        patient = [*apt, "-o", "DPkg::Lock::Timeout=180", "-qq"]
        packages = ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
        for step in (["update"], packages):
            subprocess.run([*patient, *step], env=environment, stdin=subprocess.DEVNULL)
        if find_chromium():
            return
        reason = "Chromium could not be installed from the distribution's packages"
    say(
        "%s: the tests in tests/browser are skipped. To run them install Chromium,\n"
        "for example with: sudo apt-get install chromium" % reason
    )


def find_chromium():
    """Path of a Chromium or Chrome on this machine, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def administrator_apt():
    """The apt-get command with the rights to install, or None without apt or without the rights."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND", "apt-get"] if may else None


if __name__ == "__main__":
    sys.exit(main())
