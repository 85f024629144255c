"""What is made for Prometheus and Grafana, held against promtool and against what a daemon exports."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path
from typing import Any

import yaml
from daemon import Daemon, Load, eventually

HERE = Path(__file__).resolve().parent
MONITORING = Path(os.environ["RINGCAST_SOURCE"]) / "systemd" / "monitoring"
# In an expression: a metric's name is a word that begins like one of ours, or `up`, Prometheus' own.
METRIC = re.compile(r"\b(?:ringcast|process)_[a-z0-9_]+")


def promtool(*arguments: str, text: str = "") -> str:
    """What it says, once it is content."""
    run = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True)
    said = run.stdout + run.stderr
    if run.returncode != 0:
        raise AssertionError(f"promtool {' '.join(arguments)}: {said}")
    return said


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "ringcast-alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in groups["groups"] for rule in group["rules"]]


class PrometheusTest(unittest.TestCase):
    exported: str
    types: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        daemon = Daemon("--shards", "2")
        cls.addClassCleanup(daemon.close)
        load = Load(daemon, {"a": 3, "b": 2}, events_a_second=50)
        cls.addClassCleanup(load.close)
        eventually("events are delivered", lambda: daemon.stats()["events"]["deliveries"] > 20)
        cls.exported = daemon.get("/metrics")
        cls.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", cls.exported, re.MULTILINE))

    def expect_exported(self, name: str, where: str) -> None:
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        known = name in self.types or self.types.get(base) == "histogram"
        self.assertTrue(known, f"{where} names {name}, which is not exported")

    def test_promtool_finds_no_fault_in_the_metrics(self) -> None:
        self.assertEqual(promtool("check", "metrics", text=self.exported), "")

    def test_every_metric_says_what_it_is(self) -> None:
        helped = dict(re.findall(r"^# HELP (\S+) (.+)$", self.exported, re.MULTILINE))
        self.assertEqual(helped.keys(), self.types.keys())
        for name, text in helped.items():
            self.assertRegex(text, r"^[A-Z].{10,}[.]$", name)
        values = re.findall(r"^([a-z_]+)(?:{.*})? \S+$", self.exported, re.MULTILINE)
        for name in values:
            self.expect_exported(name, "a value")

    def test_the_process_and_each_shard_have_figures(self) -> None:
        values = dict(re.findall(r"^([^# ]\S*) (\S+)$", self.exported, re.MULTILINE))
        for name in ("process_resident_memory_bytes", "process_virtual_memory_bytes",
                     "process_open_fds", "process_max_fds", "process_start_time_seconds",
                     "ringcast_history_memory_bytes", "ringcast_log_bytes"):  # fmt: skip
            self.assertGreater(float(values[name]), 0, name)
        for shard in "01":
            self.assertGreater(float(values[f'ringcast_shard_capacity{{shard="{shard}"}}']), 0)
            self.assertIn(f'ringcast_thread_cpu_seconds_total{{thread="shard-{shard}"}}', values)
        for name in ("streams", "deliveries_total", "sent_bytes_total"):
            summed = sum(float(values[f'ringcast_shard_{name}{{shard="{n}"}}']) for n in "01")
            self.assertGreater(summed, 0, name)

    def test_promtool_accepts_the_rules(self) -> None:
        promtool("check", "rules", str(MONITORING / "ringcast-alerts.yml"))

    def test_each_alert_fires_when_it_should(self) -> None:
        promtool("test", "rules", str(HERE / "alerts_test.yml"))
        tested = (HERE / "alerts_test.yml").read_text(encoding="utf-8")
        for rule in rules():
            for word in ("fires", "stays calm"):
                self.assertIn(f"name: {rule['alert']} {word}\n", tested)

    def test_each_alert_says_what_it_means_and_what_to_do(self) -> None:
        for rule in rules():
            with self.subTest(rule["alert"]):
                self.assertEqual(rule["annotations"].keys(), {"summary", "description", "action"})
                self.assertIn(rule["labels"]["severity"], ("critical", "warning"))
                for name in METRIC.findall(rule["expr"] + rule["annotations"]["action"]):
                    self.expect_exported(name, rule["alert"])

    def test_grafana_asks_for_what_is_exported(self) -> None:
        board = json.loads((MONITORING / "ringcast-dashboard.json").read_text(encoding="utf-8"))
        asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        asked += [str(variable["query"]) for variable in board["templating"]["list"]]
        names = {name for expression in asked for name in METRIC.findall(expression)}
        self.assertGreater(len(names), 20)
        for name in names:
            self.expect_exported(name, "the dashboard")
        for panel in board["panels"]:
            for target in panel["targets"]:
                self.assertEqual(target["expr"].count("("), target["expr"].count(")"), panel["title"])

    def test_grafana_panels_do_not_overlap(self) -> None:
        board = json.loads((MONITORING / "ringcast-dashboard.json").read_text(encoding="utf-8"))
        taken: dict[tuple[int, int], str] = {}
        for panel in board["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken, panel["title"])
                    taken[x, y] = panel["title"]


if __name__ == "__main__":
    unittest.main()
