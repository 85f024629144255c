"""The cases: their names and the load generator's arguments."""

import unittest

from measure.scenarios import CPU, Case, all_scenarios, chosen


class ScenariosTest(unittest.TestCase):
    def test_every_case_has_a_name_of_its_own(self) -> None:
        for quick in (False, True):
            keys = [case.key for scenario in all_scenarios(quick, 100) for case in scenario.cases]
            self.assertEqual(len(keys), len(set(keys)))

    def test_chooses_in_its_own_order(self) -> None:
        names = [scenario.name for scenario in chosen(all_scenarios(True, 1), ["hold", "fanout"])]
        self.assertEqual(names, ["fanout", "hold"])

    def test_hold_publishes_nothing(self) -> None:
        arguments = Case("hold", "hold", 10, 2).arguments(80, "unix:x")
        self.assertNotIn("--publish", arguments)
        self.assertEqual(arguments[-2:], ["--seconds", "2"])

    def test_a_rate_and_flags_are_passed_on(self) -> None:
        case = Case("slow", "slow", 10, 2, rate=0.2, flags=("--slow-share", "0.5"))
        arguments = case.arguments(80, "unix:x")
        for option, value in (("--rate", "0.2"), ("--slow-share", "0.5"), ("--publish", "unix:x")):
            self.assertEqual(arguments[arguments.index(option) + 1], value)

    def test_channels_leave_a_place_for_the_name(self) -> None:
        self.assertIn(
            "http://127.0.0.1:80/events/{channel}",
            Case("channels", "channels", 10, 2).arguments(80, "none"),
        )

    def test_a_figure_that_is_missing_is_none(self) -> None:
        self.assertIsNone(CPU.read({"latency_ms": {"p50": 1}}))
        self.assertEqual(CPU.read({CPU.key: 4}), 4.0)


if __name__ == "__main__":
    unittest.main()
