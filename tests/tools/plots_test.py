"""Plots: drawn from what there is, and the same each time."""

import importlib.util
import tempfile
import unittest
from pathlib import Path

from fixtures import SCENARIOS, made_results, made_run, scenario
from measure.scenarios import CPU, DELIVERIES, KERNEL, USER


@unittest.skipUnless(importlib.util.find_spec("matplotlib"), "matplotlib is not installed")
class PlotsTest(unittest.TestCase):
    def test_the_same_results_give_the_same_bytes(self) -> None:
        from measure import plots

        figures = {
            CPU.key: 5,
            DELIVERIES.key: 1000,
            KERNEL.key: 9000,
            USER.key: 90,
            "deliveries": 100,
        }
        results = made_results(
            *(
                made_run(peer, case, **figures)
                for name in ("fanout", "saturate", "sweep", "hold")
                for case in scenario(name).cases
                for peer in ("floor", "ringcast")
            )
        )
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            names = [name for name, _ in plots.draw(results, SCENARIOS, Path(one))]
            plots.draw(results, SCENARIOS, Path(other))
            self.assertEqual(names, ["latency.svg", "saturate.svg", "cpu.svg", "memory.svg"])
            for name in names:
                drawn = Path(one, name).read_bytes()
                self.assertEqual(drawn, Path(other, name).read_bytes())
                self.assertNotIn(b"<dc:date>", drawn)

    def test_nothing_measured_draws_nothing(self) -> None:
        from measure import plots

        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(plots.draw(made_results(), SCENARIOS, Path(folder)), [])


if __name__ == "__main__":
    unittest.main()
