// Numbers that both ends of the channel must agree on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace demarc::channel {

inline constexpr uint16_t kSchemaVersionMin = 1;
inline constexpr uint16_t kSchemaVersionMax = 1;

// What the FlatBuffers verifier is told. A message beyond is dropped and counted, whoever sent it.
inline constexpr size_t kMessageBytesMax = 32 * 1024 * 1024;
inline constexpr uint32_t kMessageDepthMax = 16;
inline constexpr uint32_t kMessageTablesMax = 400'000;
// Vectors of a FlatBuffer may overlap, so that a small message unpacks to a large one: this much and no more.
inline constexpr size_t kUnpackedBytesMax = 2 * kMessageBytesMax;
inline constexpr size_t kEntryBytesMax = 256 * 1024;
inline constexpr uint32_t kEntryTablesMax = 8192;  // a session's filters have up to three each

// A transaction carries at most this many operations and about this many bytes of values.
inline constexpr size_t kTransactionOperationsMax = 10'000;
inline constexpr size_t kTransactionBytesMax = 4 * 1024 * 1024;
inline constexpr size_t kEntryListChunk = 20'000;
inline constexpr size_t kTenantEntriesMax = 4'000'000;  // that an entry list may name
// Of a session: PDRs and FARs each; QERs; of a PDR: filters, framed routes; of a filter: port ranges of an end.
inline constexpr size_t kSessionRulesMax = 64;
inline constexpr size_t kSessionQersMax = 16;
inline constexpr size_t kPdrFiltersMax = 16;
inline constexpr size_t kPdrFramedRoutesMax = 16;
inline constexpr size_t kFilterPortRangesMax = 8;

inline constexpr uint64_t kHeartbeatNs = 200'000'000;       // demarcd → demarc-dp when nothing else is sent
inline constexpr uint64_t kReportIntervalNs = 500'000'000;  // CountersReport, demarc-dp → demarcd
inline constexpr uint64_t kPeerSilenceNs = 1'500'000'000;   // then the other end counts as lost
inline constexpr uint64_t kHelloRetryNs = 200'000'000;
inline constexpr uint64_t kRefusedRetryNs = 5'000'000'000;  // a refused hello, a refused tenant: tried again after
inline constexpr uint64_t kDigestIntervalNs = 5'000'000'000;
inline constexpr uint64_t kDigestAfterChangeNs =
    200'000'000;  // the digests are compared this long after a change at the latest
inline constexpr uint64_t kRequestTimeoutNs = 2'000'000'000;  // what a person asks for: counters, neighbors
inline constexpr uint64_t kReplyTimeoutNs = 1'000'000'000;    // then a transaction is sent again under its number
inline constexpr int kReplyTriesMax = 3;                      // then hello again

}  // namespace demarc::channel
