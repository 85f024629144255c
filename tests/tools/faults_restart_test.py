"""The verdict of tools/chaos over cuts and restarts: gaps excuse what they tell, and no more."""

import unittest

from faults.findings import Verdict
from faults.verdict import judge
from scripted_run import (
    HISTORY_EVENTS,
    ScriptedPublisher,
    ScriptedSubscriber,
    event_id,
    made_history,
)


class RestartTest(unittest.TestCase):
    """One subscriber that is cut after event 2 of 5; another that gets all."""

    def setUp(self) -> None:
        self.publisher = ScriptedPublisher()
        self.subscriber = ScriptedSubscriber(self.publisher)
        self.witness = ScriptedSubscriber(self.publisher)
        self.publisher.publish(1, 5)
        for one in (self.subscriber, self.witness):
            one.connected(event_id(0))
            one.receive(1, 2)
        self.witness.receive(3, 5)

    def verdict(self) -> Verdict:
        return judge(made_history(self.publisher, self.subscriber, self.witness))

    def assert_faults(self, **faults: int) -> Verdict:
        verdict = self.verdict()
        self.assertEqual(dict(verdict.faults), faults, verdict.sentences)
        return verdict

    def restart(self, one: ScriptedSubscriber, last: int) -> None:
        """The next daemon's stream, as it should be, up to its first event."""
        one.connected(event_id(last), "gap")
        one.gap("restart", event_id(last), None)
        one.receive(6, 6, daemon=2)

    def test_resumed(self) -> None:
        self.subscriber.connected(event_id(2), "resumed")
        self.subscriber.receive(3, 5)
        self.assertEqual(self.assert_faults().sums["resumes"], 1)

    def test_resumed_elsewhere(self) -> None:
        self.subscriber.connected(event_id(3), "resumed")
        self.subscriber.receive(4, 5)
        self.assert_faults(silent_gap=1, lost=1)

    def test_started_anew_although_an_id_was_sent(self) -> None:
        self.subscriber.connected(event_id(2), "live")
        self.subscriber.receive(3, 5)
        self.assert_faults(silent_gap=1)

    def test_expired(self) -> None:
        self.publisher.publish(6, 7)
        self.subscriber.connected(event_id(2), "gap")
        self.subscriber.gap("expired", event_id(2), event_id(4))
        self.subscriber.receive(5, 7)
        self.witness.receive(6, 7)
        verdict = self.assert_faults()
        self.assertEqual(verdict.told_missing, {"expired": 2})
        self.assertEqual(verdict.gaps, {"expired": 1})

    def test_more_is_missing_than_was_told(self) -> None:
        self.publisher.publish(6, 7)
        self.subscriber.connected(event_id(2), "gap")
        self.subscriber.gap("expired", event_id(2), event_id(3))
        self.subscriber.receive(5, 7)
        self.witness.receive(6, 7)
        self.assert_faults(lost=1)

    def test_a_gap_of_another_channel_excuses_nothing(self) -> None:
        self.publisher.publish(6, 8)
        self.subscriber.connected(event_id(2), "gap")
        self.subscriber.gap("slow", event_id(2), event_id(3), channel="b")
        self.subscriber.receive(4, 8)
        self.witness.receive(6, 8)
        self.assert_faults(lost=1, false_gap=1)  # nothing of that channel can have expired

    def test_expired_although_it_must_be_kept(self) -> None:
        self.assertEqual(HISTORY_EVENTS, 3)
        self.publisher.publish(6, 6)
        self.subscriber.connected(event_id(2), "gap")
        self.subscriber.gap("expired", event_id(2), event_id(4))
        self.subscriber.receive(5, 6)
        self.witness.receive(6, 6)
        self.assert_faults(false_gap=1)

    def test_unknown_id_that_the_daemon_gave(self) -> None:
        self.subscriber.connected(event_id(5), "gap")
        self.subscriber.gap("unknown-id", None, None)
        self.publisher.publish(6, 6)
        for one in (self.subscriber, self.witness):
            one.receive(6, 6)
        self.assert_faults(silent_gap=1, false_gap=1, lost=3)

    def test_told_restart(self) -> None:
        self.publisher.publish(6, 6, daemon=2)
        self.restart(self.subscriber, 2)
        self.restart(self.witness, 5)
        verdict = self.assert_faults()
        self.assertEqual(verdict.told_missing, {"restart": 3})

    def test_untold_restart(self) -> None:
        self.publisher.publish(6, 6, daemon=2)
        self.restart(self.subscriber, 2)
        self.witness.connected(event_id(5), "resumed")
        self.witness.receive(6, 6, daemon=2)
        self.assert_faults(silent_gap=1)

    def test_restart_of_the_same_daemon(self) -> None:
        self.subscriber.connected(event_id(2), "gap")
        self.subscriber.gap("restart", event_id(2), None)
        self.subscriber.receive(5, 5)
        self.assert_faults(false_gap=1, lost=2)

    def test_restart_excuses_only_what_the_new_daemon_has_let_go_of(self) -> None:
        self.publisher.publish(6, 9, daemon=2)
        for one, last in ((self.subscriber, 2), (self.witness, 5)):
            one.connected(event_id(last), "gap")
            one.gap("restart", event_id(last), None)
        self.witness.receive(6, 9, daemon=2)
        self.subscriber.receive(7, 9, daemon=2)
        self.assert_faults()
        self.subscriber.lines.pop(-3)
        self.assert_faults(lost=1)

    def test_each_channel_has_let_go_of_what_it_had_too_much(self) -> None:
        subscriber = ScriptedSubscriber(self.publisher, "a", "b")
        subscriber.connected(event_id(5), "live")
        self.publisher.publish(6, 6, daemon=2, channel="b")
        self.publisher.publish(7, 10, daemon=2)
        subscriber.connected(event_id(5), "gap")
        for channel in ("a", "b"):
            subscriber.gap("restart", event_id(5), None, channel)
        subscriber.event(6, event_id(6, daemon=2), "b")
        subscriber.receive(8, 10, daemon=2)
        self.assertEqual(judge(made_history(self.publisher, subscriber)).faults, {})
        subscriber.lines.pop(-2)
        self.assertEqual(
            judge(made_history(self.publisher, subscriber)).faults,
            {"acked_lost": 1},
        )

    def test_gap_told_again_when_the_stream_broke_before_its_first_event(self) -> None:
        self.publisher.publish(6, 6, daemon=3)
        for one, last in ((self.subscriber, 2), (self.witness, 5)):
            one.connected(event_id(last), "gap")
            one.gap("restart", event_id(last), None)
            one.connected(event_id(last), "gap")
        self.subscriber.gap("restart", event_id(2), None)
        for one in (self.subscriber, self.witness):
            one.receive(6, 6, daemon=3)
        self.assert_faults(silent_gap=1)  # the witness was not told again

    def test_resent_by_the_command_over_a_restart(self) -> None:
        for kind, faults in (("pub", {}), ("binary", {"duplicated": 1})):
            publisher = ScriptedPublisher(1, kind)
            publisher.send(1)
            publisher.ack(1, event_id(9, daemon=2))
            subscriber = ScriptedSubscriber(publisher)
            subscriber.connected(event_id(0))
            subscriber.event(1, event_id(8))
            subscriber.connected(event_id(8), "gap")
            subscriber.gap("restart", event_id(8), None)
            subscriber.event(1, event_id(9, daemon=2))
            self.assertEqual(dict(judge(made_history(publisher, subscriber)).faults), faults)

    def test_resent_after_its_ack(self) -> None:
        publisher = ScriptedPublisher(1, "pub")
        publisher.send(1)
        publisher.ack(1, event_id(8))
        subscriber = ScriptedSubscriber(publisher)
        subscriber.connected(event_id(0))
        subscriber.event(1, event_id(8))
        subscriber.connected(event_id(8), "gap")
        subscriber.gap("restart", event_id(8), None)
        subscriber.event(1, event_id(9, daemon=2))
        verdict = judge(made_history(publisher, subscriber))
        self.assertEqual(dict(verdict.faults), {"duplicated": 1})


if __name__ == "__main__":
    unittest.main()
