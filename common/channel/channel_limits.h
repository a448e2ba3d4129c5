// Numbers that both ends of the channel must agree on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace demarc::channel {

inline constexpr uint16_t kSchemaVersionMin = 1;
inline constexpr uint16_t kSchemaVersionMax = 1;

// What the FlatBuffers verifier is told. A message beyond is dropped and counted, whoever sent it.
inline constexpr size_t kMessageBytesMax = 16 * 1024 * 1024;
inline constexpr uint32_t kMessageDepthMax = 16;
inline constexpr uint32_t kMessageTablesMax = 400'000;
inline constexpr size_t kEntryBytesMax = 64 * 1024;
inline constexpr uint32_t kEntryTablesMax = 64;

// A transaction carries at most this many operations and about this many bytes of values.
inline constexpr size_t kTransactionOperationsMax = 10'000;
inline constexpr size_t kTransactionBytesMax = 4 * 1024 * 1024;
inline constexpr size_t kEntryListChunk = 20'000;
// Of a session: PDRs, FARs, QERs each.
inline constexpr size_t kSessionRulesMax = 16;

inline constexpr uint64_t kHeartbeatNs = 200'000'000;      // demarcd → demarc-dp when nothing else is sent
inline constexpr uint64_t kReportIntervalNs = 500'000'000; // CountersReport, demarc-dp → demarcd
inline constexpr uint64_t kPeerSilenceNs = 1'500'000'000;  // then the other end counts as lost
inline constexpr uint64_t kHelloRetryNs = 200'000'000;
inline constexpr uint64_t kReplyTimeoutNs = 1'000'000'000; // then a transaction is sent again under its number
inline constexpr int kReplyTriesMax = 3;                   // then hello again

}  // namespace demarc::channel
