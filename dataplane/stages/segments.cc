#include "dataplane/stages/segments.h"

#include <algorithm>
#include <cstring>

namespace demarc::dp {

void pull_up(rte_mbuf* mbuf, uint32_t bytes) {
  const uint32_t wanted = std::min(bytes, mbuf->pkt_len);
  if (!RTE_MBUF_DIRECT(mbuf) || rte_mbuf_refcnt_read(mbuf) != 1) return;  // others read what lies behind its data
  while (mbuf->data_len < wanted && mbuf->next != nullptr) {
    rte_mbuf* const next = mbuf->next;
    const uint32_t part =
        std::min({wanted - mbuf->data_len, uint32_t{next->data_len}, uint32_t{rte_pktmbuf_tailroom(mbuf)}});
    if (part == 0 && next->data_len != 0) return;
    std::memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t*, mbuf->data_len), rte_pktmbuf_mtod(next, uint8_t*), part);
    mbuf->data_len = static_cast<uint16_t>(mbuf->data_len + part);
    next->data_off = static_cast<uint16_t>(next->data_off + part);
    next->data_len = static_cast<uint16_t>(next->data_len - part);
    if (next->data_len != 0) continue;
    mbuf->next = next->next;
    --mbuf->nb_segs;
    next->next = nullptr;
    next->nb_segs = 1;
    rte_pktmbuf_free_seg(next);
  }
}

}  // namespace demarc::dp
