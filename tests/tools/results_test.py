"""What is computed from runs, and that they survive a file."""

import tempfile
import unittest
from pathlib import Path

from fixtures import made_results, made_run, scenario
from measure.results import Results, lateness
from measure.scenarios import CPU

CASE = scenario("fanout").cases[0]


class ResultsTest(unittest.TestCase):
    def test_survives_a_file(self) -> None:
        results = made_results(made_run("ringcast", CASE, lost=1), made_run("nchan", CASE))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "results.json")
            results.write(path)
            read = Results.read(path)
        self.assertEqual([run.result for run in read.runs], [run.result for run in results.runs])
        self.assertEqual(read.peers, results.peers)

    def test_ratio_is_that_of_medians(self) -> None:
        results = made_results(
            *(
                made_run("ringcast", CASE, turn, **{CPU.key: value})
                for turn, value in enumerate((1, 2, 30))
            ),
            made_run("floor", CASE, **{CPU.key: 4}),
        )
        self.assertEqual(results.ratio(CASE, "floor", CPU), 0.5)
        self.assertIsNone(results.ratio(CASE, "nchan", CPU))

    def test_what_the_generator_found_decides(self) -> None:
        self.assertTrue(made_run("ringcast", CASE).is_honest())
        self.assertFalse(made_run("ringcast", CASE, ok=False).is_honest())
        self.assertFalse(made_run("ringcast", CASE, failure="not done").is_honest())

    def test_lateness_compares_with_the_time_of_publishing(self) -> None:
        self.assertEqual(lateness(made_run("nchan", CASE, published=200, rate=20, seconds=25)), 2.5)
        self.assertEqual(lateness(made_run("nchan", CASE, published=200, rate=0, seconds=25)), 1)


if __name__ == "__main__":
    unittest.main()
