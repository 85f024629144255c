"""Slopes and looks at processes: what tools/soak judges by."""

import json
import os
import random
import socket
import unittest
from collections import Counter

from faults import churn, soak
from faults.churn import Churn, Round
from faults.soak import Sample, Soak
from faults.soak_summary import churn_json, soak_json
from faults.trend import fit, thirds
from faults.vitals import LISTEN, TIME_WAIT, Vitals, look, socket_sums, sockets_of_port


class TrendTest(unittest.TestCase):
    def test_a_line_without_noise(self) -> None:
        trend = fit([(x, 3 * x + 5) for x in range(10)])
        self.assertAlmostEqual(trend.slope, 3)
        self.assertAlmostEqual(trend.margin, 0)

    def test_noise_without_a_line(self) -> None:
        rng = random.Random(1)
        outside = 0
        for _ in range(200):
            trend = fit([(x, rng.gauss(0, 1)) for x in range(12)])
            outside += abs(trend.slope) > trend.margin
        self.assertLess(outside, 25)  # one in 20 is outside of 95%
        self.assertGreater(outside, 2)

    def test_thirds_are_medians(self) -> None:
        self.assertEqual(thirds([1, 2, 900, 4, 5, 6, 7, -800, 9]), (2, 7))


class ChurnTest(unittest.TestCase):
    def rounds(self, memory_each: float, **changes: int) -> Churn:
        result = Churn()
        for number in range(1, 21):
            last = changes if number == 20 else {}
            vitals = Vitals(
                memory=10**7 + int(memory_each * 50_000 * number),
                resident=10**7,
                descriptors=last.get("descriptors", 20),
                cpu_seconds=0,
            )
            sockets = Counter({LISTEN: 1, TIME_WAIT: last.get("waiting", 5), "01": 0})
            if "open" in last:
                sockets["01"] = last["open"]
            result.rounds.append(
                Round(50_000 * number, vitals, last.get("slots", 0), sockets, {"inuse": 3})
            )
        return result

    def test_flat(self) -> None:
        self.assertEqual(churn.judge(self.rounds(0)), [])
        self.assertEqual(churn.judge(self.rounds(0.5)), [])

    def test_each_leak_is_found(self) -> None:
        for result, word in (
            (self.rounds(64), "memory grows by 64,000 B"),
            (self.rounds(2), "memory grows"),
            (self.rounds(0, descriptors=21), "descriptors"),
            (self.rounds(0, slots=1), "slots"),
            (self.rounds(0, open=1), "sockets"),
            (self.rounds(0, waiting=50_000), "TIME_WAIT"),
        ):
            failures = churn.judge(result)
            self.assertEqual(len(failures), 1, word)
            self.assertIn(word, failures[0])


    def test_written_as_json(self) -> None:
        written = json.loads(json.dumps(churn_json(self.rounds(0))))
        self.assertEqual(written["rounds"][-1]["sockets"], {LISTEN: 1, TIME_WAIT: 5, "01": 0})
        self.assertEqual(written["rounds"][-1]["vitals"]["descriptors"], 20)


class SoakTest(unittest.TestCase):
    def samples(self, growth: float, descriptors: int = 20) -> Soak:
        rng = random.Random(2)
        result = Soak()
        for number in range(180):
            memory = 10**8 + int(growth * number) + rng.randrange(2_000_000)
            one = Sample(number * 10.0, 50_000, memory, memory, 0, 20, 1.0, 5.0)
            result.samples.append(one)
        last = result.samples[-1]
        for _ in range(90):
            result.samples.append(
                Sample(last.seconds + 10, 1, last.memory, 1, 0, descriptors, 1, 1)
            )
        return result

    def test_flat(self) -> None:
        self.assertEqual(soak.judge(self.samples(0)), [])

    def test_growth_is_found(self) -> None:
        self.assertIn("memory without the history grew", soak.judge(self.samples(200_000))[0])
        self.assertIn("descriptors", soak.judge(self.samples(0, descriptors=21))[0])

    def test_written_as_json(self) -> None:
        written = json.loads(json.dumps(soak_json(self.samples(0))))
        self.assertEqual(written["samples"][0]["connections"], 50_000)

    def test_too_little_to_judge(self) -> None:
        self.assertIn("too few", soak.judge(Soak())[0])


class VitalsTest(unittest.TestCase):
    def test_of_this_process(self) -> None:
        before = look(os.getpid())
        ballast = bytearray(os.urandom(20_000_000))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            now = look(os.getpid())
            port = listener.getsockname()[1]
            self.assertEqual(sockets_of_port(port), {LISTEN: 1})
            with socket.create_connection(("127.0.0.1", port)):
                self.assertEqual(sockets_of_port(port).total(), 3)
        self.assertEqual(now.descriptors, before.descriptors + 1)
        self.assertGreater(now.memory - before.memory, len(ballast) * 0.9)
        self.assertGreater(now.resident, len(ballast))
        self.assertGreaterEqual(now.cpu_seconds, before.cpu_seconds)
        self.assertLessEqual({"inuse", "tw", "alloc"}, socket_sums().keys())


if __name__ == "__main__":
    unittest.main()
