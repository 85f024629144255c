"""The Markdown: that nothing is hidden, and that only the marked part of a README changes."""

import tempfile
import unittest
from pathlib import Path

from fixtures import SCENARIOS, made_results, made_run, scenario
from measure.report import (
    README_BEGIN,
    README_END,
    number,
    report_text,
    rewrite_readme,
    short_table,
)
from measure.scenarios import CPU

CASE = scenario("fanout").cases[0]
HERE = Path("/")


class ReportTest(unittest.TestCase):
    def test_numbers_have_the_digits_that_count(self) -> None:
        for value, text in (
            (None, "–"),
            (0, "0"),
            (0.01234, "0.0123"),
            (4.567, "4.57"),
            (45.67, "45.7"),
            (1234567, "1,234,567"),
        ):
            self.assertEqual(number(value), text)

    def test_shows_median_spread_and_ratio(self) -> None:
        results = made_results(
            *(
                made_run("ringcast", CASE, turn, **{CPU.key: value})
                for turn, value in enumerate((4, 5, 6))
            ),
            made_run("nchan", CASE, **{CPU.key: 10}),
        )
        text = report_text(results, SCENARIOS, [("a.svg", "Plot")], HERE)
        self.assertIn("5.00 (4.00..6.00)", text)
        self.assertIn("| server CPU, us a delivery | 0.5 |", text)
        self.assertIn("![Plot](a.svg)", text)
        self.assertIn("Nothing: no fault", text)

    def test_names_every_fault_of_a_peer(self) -> None:
        results = made_results(
            made_run("nchan", CASE, lost=7, published=200, rate=20, seconds=30),
            made_run("nchan", CASE, failure="no\nanswer"),
            made_run("ringcast", CASE, duplicated=1, ok=False),
        )
        text = report_text(results, SCENARIOS, [], HERE)
        for said in (
            "7 events lost",
            "3.0 times as long",
            "failed: no answer",
            "1 events duplicated",
        ):
            self.assertIn(said, text)

    def test_the_end_of_the_floor_is_no_fault(self) -> None:
        text = report_text(made_results(made_run("floor", CASE, lost=7)), SCENARIOS, [], HERE)
        self.assertNotIn("7 events", text)

    def test_a_short_table_has_what_was_measured_only(self) -> None:
        results = made_results(
            made_run("ringcast", CASE, **{CPU.key: 5}), made_run("floor", CASE, **{CPU.key: 4})
        )
        lines = short_table(results, SCENARIOS).splitlines()
        self.assertIn("10,000 subscribers", lines[2])
        self.assertTrue(lines[2].endswith("| 4.00 | 5.00 | – | 1.25 | – |"), lines[2])
        self.assertNotIn("connect at once", "".join(lines))

    def test_only_the_marked_part_of_a_readme_changes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            readme = Path(folder, "README.md")
            readme.write_text(f"before\n{README_BEGIN}\nold\n{README_END}\nafter\n")
            results = made_results(made_run("ringcast", CASE, **{CPU.key: 5}))
            for _ in range(2):
                rewrite_readme(
                    readme,
                    results,
                    SCENARIOS,
                    Path(folder, "out", "README.md"),
                    [("a.svg", "Plot")],
                )
            text = readme.read_text(encoding="utf-8")
        self.assertTrue(text.startswith(f"before\n{README_BEGIN}\n"))
        self.assertTrue(text.endswith(f"{README_END}\nafter\n"))
        self.assertNotIn("old", text)
        self.assertEqual(text.count("![Plot](out/a.svg)"), 1)

    def test_a_readme_without_marks_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            readme = Path(folder, "README.md")
            readme.write_text("text")
            with self.assertRaises(ValueError):
                rewrite_readme(readme, made_results(), SCENARIOS, Path(folder, "R.md"), [])


if __name__ == "__main__":
    unittest.main()
