"""What so many connections need, and what is told about them."""

import unittest
from unittest import mock

from fixtures import made_results
from measure import machine, million
from measure.million import Plan, report_text, wanted_settings, why_impossible

PLAN = Plan(connections=1_000_000, quiet_seconds=65, events=10, every_seconds=5)


class MillionTest(unittest.TestCase):
    def test_a_small_machine_is_refused_with_what_it_can(self) -> None:
        with mock.patch.object(million, "memory_bytes", return_value=4 * 2**30):
            why = why_impossible(PLAN)
        self.assertIn("1,000,000 connections need about", why)
        self.assertRegex(why, r"--connections 3\d\d,000 or less")

    def test_a_large_one_is_not(self) -> None:
        with mock.patch.object(million, "memory_bytes", return_value=20 * 2**30):
            self.assertEqual(why_impossible(PLAN), "")

    def test_settings_are_only_raised(self) -> None:
        memory = mock.patch.object(machine, "read_setting", return_value="1 2 9000000")
        others = mock.patch.object(million, "read_setting", return_value="9000000")
        with memory, others:
            wanted = wanted_settings(PLAN)
        self.assertEqual(wanted["net.ipv4.tcp_mem"], "488281 732421 9000000")
        self.assertNotIn("fs.file-max", wanted)

    def test_the_generator_gets_quiet_time_and_rate(self) -> None:
        arguments = " ".join(PLAN.case().arguments(80, "unix:x"))
        for option in ("--quiet 65", "--rate 0.2", "--seconds 50", "--connections 1000000"):
            self.assertIn(option, arguments)

    def test_the_floor_beats_as_often_and_longer_than_it_is_watched(self) -> None:
        case = PLAN.floor_case()
        self.assertEqual(case.connections, 1_000_000)
        self.assertEqual(case.floor_flags, ("--beat", "26.25"))
        self.assertGreater(case.seconds, PLAN.quiet_seconds)

    def test_spread_over_channels_the_floor_sends_as_often(self) -> None:
        case, floor = PLAN.spread_case(), PLAN.spread_floor_case()
        self.assertEqual(case.rate, 100_000)
        self.assertIn("--channels 1000000 --zipf 0", " ".join(case.arguments(80, "unix:x")))
        self.assertEqual(floor.floor_flags, ("--beat", "10", "--beat-tick", "1"))

    def test_the_report_sets_the_floors_heartbeat_beside_the_servers(self) -> None:
        result = {
            "ok": False,
            "connections": 1_000_000,
            "lost": 3,
            "quiet_server_cpu_percent": 22.5,
            "quiet_comments": 2_000_000,
            "quiet_seconds": 60,
            "completion_ms": {"p50": 1000, "p99": 2000, "p999": 2000, "max": 2100},
        }
        spread = {
            "ok": True,
            "server_cpu_us_per_delivery": 9.9,
            "latency_ms": {"p50": 20, "p99": 40},
        }
        text = report_text(PLAN, made_results().machine, result, 5.4, spread, 9.0)
        self.assertIn("| 22.5 |", text)
        self.assertIn("| 6.75 / 5.40 / 1.25 |", text)  # 13.5 s for 2,000,000
        self.assertIn("1,000 / 2,000 / 2,000 / 2,100", text)
        self.assertIn("3 lost, 0 duplicated, 0 reordered, 0 foreign: FAILED", text)
        self.assertIn("| 9.90 / 9.00 / 1.10 |", text)
        self.assertIn("| 20.0 / 40.0 |", text)
        self.assertIn("0 lost, 0 duplicated, 0 reordered, 0 foreign: ok", text)


if __name__ == "__main__":
    unittest.main()
