// Whether a client may subscribe by the word of the application, which is asked.
namespace ringcast {

template <class RingT>
Access Shard<RingT>::AuthorizeByUrl(std::uint32_t slot) {
  Refuse(slot, 503, "Authorization is not available.");
  return Access::kAnswered;
}

}  // namespace ringcast
