"""A headless Chromium for the tests: the system's own browser and driver, with the network cut or watched."""
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
PATIENCE = float(os.environ.get("VSRLAB_PATIENCE", 1))      # times as long as usual, where a machine has much else to do
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run",
         "--use-angle=swiftshader", "--enable-unsafe-swiftshader",      # WebGL without a graphics card, for the map
         "--window-size=1300,1000", "--force-device-scale-factor=1")


def needed():
    """Skip with the reason when the machine has no browser to test with."""
    selenium = pytest.importorskip("selenium", reason="selenium is not installed: pip install '.[test]'")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no Chromium with its driver; on Debian: apt install chromium chromium-driver")
    return selenium


@contextlib.contextmanager
def chromium(folder, offline=False):
    """A driver whose profile lies in `folder`; `offline` refuses every request except to files."""
    needed()
    from selenium import webdriver
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*QUIET, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    try:
        if offline:
            driver.execute_cdp_cmd("Network.enable", {})
            cut = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
            driver.execute_cdp_cmd("Network.emulateNetworkConditions", cut)
        yield driver
    finally:
        driver.quit()


@contextlib.contextmanager
def jupyterlab(folder):
    """JupyterLab on loopback, serving `folder` with a token and its own settings; -> (address, token)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, places = secrets.token_hex(16), {name: str(folder / name) for name in ("config", "data", "runtime", "ipython")}
    quiet = folder / "config" / "labconfig" / "page_config.json"
    quiet.parent.mkdir(parents=True)
    quiet.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "VSRLAB_STATIC", "VSRLAB_QUICK")} | {
        "JUPYTER_CONFIG_DIR": places["config"], "JUPYTER_DATA_DIR": places["data"], "JUPYTER_RUNTIME_DIR": places["runtime"],
        "IPYTHONDIR": places["ipython"], "JUPYTER_PREFER_ENV_PATH": "1", "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).resolve().parents[:2]))}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser", "--allow-root",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
               f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    with open(folder / "server.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{address}/api/status?token={token}") or server.poll() is not None, 40, what="the server's start")
        assert server.poll() is None, (folder / "server.log").read_text()[-2000:]
        yield address, token
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()


def answers(address) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


def notebook(path, *cells):
    """A notebook of code cells."""
    import nbformat
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=kernel), path)


def run_all(driver, address, token, name):
    """Open a notebook in JupyterLab, run every cell, and wait until the kernel has done them."""
    driver.get(f"{address}/lab/tree/{name}?token={token}")
    until(lambda: driver.execute_script(READY), 60, what="opening the notebook")
    driver.execute_script("jupyterapp.commands.execute('runmenu:run-all')")
    until(lambda: driver.execute_script(DONE), 60, what="running the cells")


DONE = r"return [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(p => /\d/.test(p.innerText))"
READY = """const panel = window.jupyterapp && jupyterapp.shell.currentWidget;
           return !!(panel && panel.sessionContext && panel.sessionContext.session && panel.sessionContext.session.kernel
                     && panel.sessionContext.session.kernel.status == 'idle' && document.querySelector('.jp-CodeCell'))"""


def requests(driver) -> list:
    """Addresses of all requests since the last call, data URIs left out."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url for url in sent if not url.startswith(("data:", "chrome:", "about:"))]


def style(driver, selector: str, name: str) -> str:
    """A computed property of the first element that a selector finds."""
    script = "return getComputedStyle(document.querySelector(arguments[0])).getPropertyValue(arguments[1])"
    return driver.execute_script(script, selector, name)


def said(driver) -> str:
    """The lines beside the photo that can be seen."""
    return driver.execute_script("return [...document.querySelectorAll('.vsr .said')].filter(p => p.offsetParent)"
                                 ".map(p => p.innerText).join(' ')")


def point(driver, selector: str, click=False):
    """Move the pointer onto an element, and click it."""
    from selenium.webdriver import ActionChains
    element = driver.find_element("css selector", selector)
    move = ActionChains(driver, duration=50).move_to_element(element)
    (move.click() if click else move).perform()
    return element


def until(found, seconds=20.0, every=0.05, what="it"):
    """Wait until `found()` is true, and return it.  An element that is replaced while it is read has not got there yet."""
    from selenium.common.exceptions import StaleElementReferenceException
    end = time.monotonic() + seconds * PATIENCE
    while True:
        try:
            if value := found():
                return value
        except StaleElementReferenceException:
            pass
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(every)
