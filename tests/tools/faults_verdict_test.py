"""The verdict of tools/chaos: sound runs are found sound, and each planted fault is found."""

import unittest

from faults.findings import Verdict
from faults.history import parse_position, show_position
from faults.verdict import judge
from scripted_run import ScriptedPublisher, ScriptedSubscriber, event_id, made_history


class VerdictTest(unittest.TestCase):
    def setUp(self) -> None:
        self.publisher = ScriptedPublisher()
        self.subscriber = ScriptedSubscriber(self.publisher)
        self.other = ScriptedSubscriber(self.publisher)
        for one in (self.subscriber, self.other):
            one.connected(event_id(0))

    def verdict(self, *more: ScriptedPublisher | ScriptedSubscriber) -> Verdict:
        return judge(made_history(self.publisher, self.subscriber, self.other, *more))

    def assert_faults(self, *more: ScriptedPublisher | ScriptedSubscriber, **faults: int) -> None:
        verdict = self.verdict(*more)
        self.assertEqual(dict(verdict.faults), faults, verdict.sentences)
        self.assertEqual(len(verdict.sentences), sum(faults.values()))
        self.assertEqual(verdict.ok, not faults)

    def test_all_for_everyone(self) -> None:
        self.publisher.publish(1, 5)
        self.subscriber.receive(1, 5)
        self.other.receive(1, 5)
        self.assert_faults()
        sums = self.verdict().sums
        self.assertEqual((sums["attempts"], sums["acknowledged"], sums["received"]), (5, 5, 10))

    def test_what_came_before_the_first_stream_is_not_due(self) -> None:
        self.publisher.publish(1, 5)
        self.subscriber.receive(1, 5)
        self.other.lines.clear()
        self.other.connected(event_id(3))
        self.other.receive(4, 5)
        self.assert_faults()

    def test_one_that_never_had_a_stream(self) -> None:
        self.publisher.publish(1, 1)
        self.subscriber.receive(1, 1)
        self.other.lines.clear()
        self.assert_faults(lost=1)

    def test_lost(self) -> None:
        self.publisher.publish(1, 5)
        self.subscriber.receive(1, 5)
        self.other.receive(1, 2)
        self.other.receive(4, 5)
        self.assert_faults(lost=1)
        self.assertIn("0.1.1.3", self.verdict().sentences[0])

    def test_lost_at_the_end(self) -> None:
        self.publisher.publish(1, 5)
        self.subscriber.receive(1, 5)
        self.other.receive(1, 4)
        self.assert_faults(lost=1)

    def test_acknowledged_and_had_by_nobody(self) -> None:
        self.publisher.publish(1, 3)
        for one in (self.subscriber, self.other):
            one.receive(1, 1)
            one.receive(3, 3)
        self.assert_faults(acked_lost=2)

    def test_missing_without_an_ack(self) -> None:
        self.publisher.publish(1, 1)
        self.publisher.send(2)
        self.subscriber.receive(1, 2)
        self.other.receive(1, 1)
        self.assert_faults(silent_gap=1)

    def test_without_an_ack_perhaps_never(self) -> None:
        self.publisher.send(1)
        self.assert_faults()

    def test_phantom(self) -> None:
        self.publisher.publish(1, 1)
        for one in (self.subscriber, self.other):
            one.receive(1, 1)
        self.subscriber.event(2)
        self.other.event(2, text="not even ours")
        self.assert_faults(phantom=2)

    def test_other_bytes(self) -> None:
        self.publisher.publish(1, 1)
        self.subscriber.receive(1, 1)
        self.other.event(1, text=self.publisher.text(1) + " ")
        self.assert_faults(phantom=1, lost=1)

    def test_refused_and_yet_published(self) -> None:
        self.publisher.send(1)
        self.publisher.nack(1)
        self.subscriber.receive(1, 1)
        self.other.receive(1, 1)
        self.assert_faults(phantom=2)

    def test_foreign_channel(self) -> None:
        self.publisher.publish(1, 1, channel="b")
        self.subscriber.event(1, channel="b")
        self.assert_faults(foreign=1)

    def test_twice_for_one(self) -> None:
        self.publisher.publish(1, 2)
        self.subscriber.receive(1, 2)
        self.subscriber.receive(2, 2)
        self.other.receive(1, 2)
        self.assert_faults(duplicated=1)

    def test_published_twice(self) -> None:
        self.publisher.send(1)
        self.publisher.ack(1, event_id(1))
        for one in (self.subscriber, self.other):
            one.event(1, event_id(1))
            one.event(1, event_id(2))
        self.assert_faults(duplicated=1)

    def test_a_retry_is_an_attempt_of_its_own(self) -> None:
        self.publisher.send(1)
        self.publisher.send(1, link=2)
        self.publisher.ack(1, event_id(2), link=2)
        for one in (self.subscriber, self.other):
            one.event(1, event_id(1))
            one.event(1, event_id(2), link=2)
        self.assert_faults()

    def test_order_of_ids_on_a_stream(self) -> None:
        self.publisher.publish(1, 3)
        self.subscriber.receive(1, 3)
        for sequence in (1, 3, 2):
            self.other.event(sequence)
        self.assert_faults(reordered=1)

    def test_order_of_a_publisher(self) -> None:
        for sequence in (1, 2):
            self.publisher.send(sequence)
        for one in (self.subscriber, self.other):
            one.event(2, event_id(1))
            one.event(1, event_id(2))
        self.assert_faults(reordered=1)

    def test_sent_after_an_ack_but_with_a_lower_id(self) -> None:
        self.publisher.send(1)
        self.publisher.ack(1, event_id(5))
        self.publisher.send(2, link=2)
        for one in (self.subscriber, self.other):
            one.event(2, event_id(4), link=2)
            one.event(1, event_id(5))
        self.assert_faults(reordered=1)

    def test_acknowledged_under_another_id(self) -> None:
        for sequence in (1, 2):
            self.publisher.send(sequence)
        self.publisher.ack(1, event_id(1))
        for one in (self.subscriber, self.other):
            one.event(2, event_id(1))
        self.assert_faults(misnumbered=1)

    def test_journals_that_contradict_themselves(self) -> None:
        self.publisher.ack(7, event_id(1))
        self.assert_faults(misnumbered=1)

    def test_numbers_of_ids(self) -> None:
        for text in ("0-0", "1795286753836-79080456255", f"{2**64 - 1}-{2**64 - 1}"):
            self.assertEqual(show_position(parse_position(text)), text)
        for text in ("", "1", "1-", "-1", "1-x", "1-2-3"):
            with self.assertRaises(ValueError):
                parse_position(text)


if __name__ == "__main__":
    unittest.main()
