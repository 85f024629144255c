// Whether a client may subscribe by the token that it brings.
namespace ringcast {

template <class RingT>
Access Shard<RingT>::AuthorizeByToken(std::uint32_t slot) {
  Refuse(slot, 503, "Authorization is not available.");
  return Access::kAnswered;
}

}  // namespace ringcast
