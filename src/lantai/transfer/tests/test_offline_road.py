"""From one installation to another on a carrier, and the receipt back: two data folders, real processes."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lantai.core.scratch import scratch_database


class House:
    """One installation: its data folder, its database, and the ``lantai`` of this checkout."""

    def __init__(self, home, database):
        home.mkdir()
        self.env = {
            **os.environ, **database, "DJANGO_SETTINGS_MODULE": "lantai.config.settings", "LANTAI_HOME": str(home),
            "LANTAI_CLAMD": "",  # a person scans and signs here
        }  # fmt: skip

    def run(self, module, *arguments):
        command = [sys.executable, "-m", f"lantai.transfer.tests.{module}", *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout.strip()

    def lantai(self, *arguments, code=0):
        command = [str(Path(sys.executable).with_name("lantai")), "handover", *arguments, "--json"]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else done.stderr


@pytest.mark.requirement("DA/T 93-2022")
@pytest.mark.requirement("Z5")
@pytest.mark.timeout(300)
def test_a_hand_over_goes_to_another_installation_on_a_carrier_and_is_closed_by_its_receipt(tmp_path):
    with ExitStack() as stack:
        sender = House(tmp_path / "sender", stack.enter_context(scratch_database("sender")))
        receiver = House(tmp_path / "receiver", stack.enter_context(scratch_database("receiver")))
        handover = sender.run("offline_sender")
        receiver.run("offline_receiver", "archive")
        carrier = tmp_path / "carrier"
        assert sender.lantai("export", handover, str(carrier))["kind"] == "dat93"
        assert (carrier / "其他" / "移交与接收登记表.pdf").read_bytes().startswith(b"%PDF")
        assert "2024" in (carrier / "目录文件.XML").read_text("utf-8")
        assert (carrier / "其他" / "密级变更情况.TXT").read_text("utf-8").strip().endswith("无")

        forged = tmp_path / "forged"
        shutil.copytree(carrier, forged)
        register = forged / "其他" / "移交与接收登记表.json"
        register.write_text(register.read_text("utf-8").replace("未满二十五年", "已满二十五年"), "utf-8")
        assert "印章" in str(receiver.lantai("import", str(forged), code=1))

        bad = next(carrier.glob("J001/WS/2024/*0002/*.pdf"))
        bad.write_bytes(bad.read_bytes() + b"%")
        assert receiver.lantai("import", str(carrier), code=4)["state"] == "submitted"
        lines = json.loads(receiver.run("offline_receiver", "sign"))
        assert [lines[f"YJ-4-{place}"] for place in (3, 4, 5)] == ["pass", "unchecked", "unchecked"]
        received = receiver.lantai("import", str(carrier))
        assert (received["state"], received["records"], received["received"]) == ("received", 3, 2)
        assert receiver.lantai("import", str(carrier))["received"] == 2

        receipt = Path(received["receipt"])
        changed = json.loads(receipt.read_text("utf-8"))
        changed["facts"]["acceptance"]["returned"] = []
        (tmp_path / "changed.json").write_text(json.dumps(changed), "utf-8")
        assert "印章" in str(sender.lantai("receipt", str(tmp_path / "changed.json"), code=1))
        closed = sender.lantai("receipt", str(receipt))
        assert (closed["state"], closed["received"]) == ("received", 2)
        assert "办结" in str(sender.lantai("receipt", str(receipt), code=1))
