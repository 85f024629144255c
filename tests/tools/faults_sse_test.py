"""The decoder of tools/chaos's own subscriber, in whole and byte by byte."""

import unittest

from faults.sse import Chunks, EventStream, Message


class EventStreamTest(unittest.TestCase):
    def decode(self, text: str, last_event_id: str = "") -> list[Message]:
        data = text.encode()
        whole = EventStream(last_event_id).feed(data)
        stream = EventStream(last_event_id)
        pieces = [message for at in range(len(data)) for message in stream.feed(data[at : at + 1])]
        self.assertEqual(whole, pieces)
        return whole

    def test_fields(self) -> None:
        self.assertEqual(
            self.decode(":\nid: 1-2\nevent: t\nretry: 5\ndata: one\ndata:two\nother: x\ndata\n\n"),
            [Message("t", "one\ntwo\n", "1-2")],
        )
        self.assertEqual(self.decode("data: €𝄞: x\n\n"), [Message("message", "€𝄞: x", "")])

    def test_ends_of_lines(self) -> None:
        for end in ("\n", "\r\n", "\r"):
            text = f"data: a{end}{end}data: b{end}data: c{end}{end}"
            self.assertEqual([m.data for m in self.decode(text)], ["a", "b\nc"])
        self.assertEqual([m.data for m in self.decode("data: a\r\n\rdata: b\n\r\n")], ["a", "b"])

    def test_ids_stay_until_the_next(self) -> None:
        ids = [
            m.last_event_id for m in self.decode("data: a\n\nid: 2\ndata: b\n\ndata: c\n\n", "1")
        ]
        self.assertEqual(ids, ["1", "2", "2"])
        self.assertEqual(self.decode("id: 2\0\ndata: a\n\n", "1")[0].last_event_id, "1")

    def test_an_id_counts_from_the_end_of_its_block(self) -> None:
        stream = EventStream("1")
        self.assertEqual(stream.feed(b"id: 2\ndata: torn\n"), [])
        self.assertEqual(stream.last_event_id, "1")
        self.assertEqual(stream.feed(b"\nid: 3\n\n")[0].last_event_id, "2")
        self.assertEqual(stream.last_event_id, "3")

    def test_byte_order_mark_and_unfinished(self) -> None:
        self.assertEqual([m.data for m in self.decode("\ufeffdata: a\n\ndata: b\n")], ["a"])

    def test_retry(self) -> None:
        stream = EventStream()
        stream.feed(b"retry: 12\nretry: x\nretry: -1\n\n")
        self.assertEqual(stream.retry_ms, 12)


class ChunksTest(unittest.TestCase):
    def test_any_pieces(self) -> None:
        data = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
        for size in range(1, len(data) + 1):
            chunks = Chunks()
            pieces = [chunks.feed(data[at : at + size]) for at in range(0, len(data), size)]
            self.assertEqual(b"".join(pieces), b"abc0123456789")
            self.assertTrue(chunks.ended)

    def test_broken(self) -> None:
        for data in (b"x\r\n", b"1\r\nabc\r\n"):
            with self.assertRaises(ValueError):
                Chunks().feed(data)


if __name__ == "__main__":
    unittest.main()
