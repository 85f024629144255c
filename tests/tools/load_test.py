"""Reading HdrHistogram's text."""

import unittest

from measure.load import parse_hgrm, thin

TEXT = """       Value     Percentile TotalCount 1/(1-Percentile)

       1.000 0.500000000000          2           2.00
       2.000 0.750000000000          3           4.00
       9.500 1.000000000000          4
#[Mean    =        3.375, StdDeviation   =        3.551]
#[Max     =        9.500, Total count    =            4]
"""


class LoadTest(unittest.TestCase):
    def test_reads_the_lines_with_values(self) -> None:
        self.assertEqual(parse_hgrm(TEXT), [(1.0, 0.5), (2.0, 0.75), (9.5, 1.0)])

    def test_no_deliveries_give_no_pairs(self) -> None:
        self.assertEqual(parse_hgrm(TEXT.splitlines()[0]), [])

    def test_thinning_keeps_the_ends_and_every_octave(self) -> None:
        pairs = [(float(i), i / 100_000) for i in range(1, 100_001)]
        kept = thin(pairs)
        self.assertEqual(kept[-1], pairs[-1])
        self.assertLess(len(kept), 160)
        for octave in range(1, 10):
            within = [share for _, share in kept if 0.5**octave >= 1 - share > 0.5 ** (octave + 1)]
            self.assertGreaterEqual(len(within), 4, octave)


if __name__ == "__main__":
    unittest.main()
