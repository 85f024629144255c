// The chunked coding, both ways: bytes of any kind come out the same in every split and are
// accepted only if an independent decoder accepts them with the same payload and end; a payload
// that is cut into chunks, with extensions and trailers, comes out as it went in.
//
// Input: three sizes of pieces, then either 'b' and a recipe for a body to build, or anything else
// and the coded body.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/chunked_decoder.h"
#include "support/chunked_decoder.h"

namespace ringcast {
namespace {

using test::ExactCopy;
using test::FuzzInput;
using test::Pieces;
using Status = ChunkedDecoder::Status;

struct Decoded {
  Status status = Status::kNeedMore;
  std::size_t consumed = 0;
  std::string payload;
  bool operator==(const Decoded&) const = default;
};

// Feeds one piece; false when the body is over.
bool FeedPiece(ChunkedDecoder& decoder, std::string_view piece, Decoded& decoded) {
  std::size_t at = 0;
  while (true) {
    const ChunkedDecoder::Step step = decoder.Next(piece.substr(at));
    RC_CHECK(step.consumed <= piece.size() - at, "no more is consumed than was given");
    at += step.consumed;
    decoded.consumed += step.consumed;
    decoded.status = step.status;
    decoded.payload += step.data;
    if (step.status == Status::kData) {
      RC_CHECK(!step.data.empty(), "a step with data has some");
      continue;
    }
    RC_CHECK(step.data.empty(), "only a step with data has any");
    if (step.status == Status::kNeedMore) {
      RC_CHECK(at == piece.size(), "who asks for more has taken everything");
    }
    return step.status == Status::kNeedMore;
  }
}

Decoded DecodeWhole(std::string_view wire) {
  ChunkedDecoder decoder;
  Decoded decoded;
  FeedPiece(decoder, wire, decoded);
  return decoded;
}

Decoded DecodeInPieces(std::string_view wire, Pieces pieces) {
  ChunkedDecoder decoder;
  Decoded decoded;
  while (!wire.empty()) {
    const ExactCopy piece(wire.substr(0, pieces.NextSize()));
    wire.remove_prefix(piece.view().size());
    if (!FeedPiece(decoder, piece.view(), decoded)) break;
  }
  const ChunkedDecoder::Step after = decoder.Next(decoded.status == Status::kNeedMore ? "" : "0");
  RC_CHECK(after.status == decoded.status && after.consumed == 0, "an end is final");
  return decoded;
}

void CheckCoded(std::string_view wire, const Pieces& pieces) {
  const Decoded whole = DecodeWhole(wire);
  RC_CHECK(DecodeInPieces(wire, pieces) == whole, "the outcome does not depend on the split");
  test::ChunkedDecoder independent;
  std::string payload;
  const std::size_t used = independent.Feed(wire, payload);
  using Independent = test::ChunkedDecoder::State;
  if (whole.status == Status::kEnd) {
    RC_CHECK(independent.state() == Independent::kComplete && used == whole.consumed,
             "what ends here ends here for others as well");
  }
  if (whole.status != Status::kBroken) {
    RC_CHECK(payload == whole.payload, "the payload is the same for others");
    RC_CHECK(independent.state() != Independent::kBroken, "nothing is accepted that others refuse");
  }
}

std::string Visible(std::string_view bytes) {
  std::string visible;
  for (const char c : bytes) visible += static_cast<char>(' ' + (c & 0x3f));
  return visible;
}

void CheckBuilt(FuzzInput& input, const Pieces& pieces) {
  std::string wire;
  std::string payload;
  while (!input.empty()) {
    const std::uint8_t shape = input.Byte();
    const std::string_view data = input.Take(1 + input.Byte());
    if (data.empty()) break;
    char size[24];
    const char* const format = (shape & 1) != 0 ? "%zx" : "%05zX";
    wire.append(size,
                static_cast<std::size_t>(std::snprintf(size, sizeof size, format, data.size())));
    if ((shape & 2) != 0) wire += ";" + Visible(input.Take(shape >> 3));
    wire += "\r\n";
    wire += data;
    wire += "\r\n";
    payload += data;
    if ((shape & 4) != 0) break;
  }
  wire += "0\r\n";
  while (!input.empty()) wire += "a" + Visible(input.Take(16)) + "\r\n";
  if (wire.size() > 8000) return;  // trailers of that size are refused
  wire += "\r\n";
  const Decoded decoded = DecodeInPieces(wire + "next", pieces);
  RC_CHECK(decoded.status == Status::kEnd, "a sound body is accepted");
  RC_CHECK(decoded.consumed == wire.size(), "what follows is not the body's");
  RC_CHECK(decoded.payload == payload, "the payload comes out as it went in");
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  const ringcast::test::Pieces pieces(input);
  if (input.Byte() == 'b') {
    ringcast::CheckBuilt(input, pieces);
  } else {
    ringcast::CheckCoded(input.Rest(), pieces);
  }
  return 0;
}
