// Answers of the API as people read them. Whatever a member is missing of is shown as "-": an older or newer demarcd
// must not break the shell.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/base/result.h"
#include "controlplane/shell/parse.h"
#include "controlplane/shell/table.h"

namespace demarc::shell {

using Json = nlohmann::ordered_json;

// Shows the answer as the row's View says. Errors (`internal`): the answer is not what the row's route answers.
Status render(const Invocation& invocation, const Json& answer, const Screen& screen);

// A line of a trace: one packet. Names of drops that come without a sentence get it from drop_reasons.def.
Status render_traced_packet(const Json& packet, const Screen& screen);

// A member as a cell; "-" when it is not there.
std::string cell_text(const Json& item, const Column& column);
std::string member_text(const Json& item, std::string_view member);
uint64_t member_number(const Json& item, std::string_view member);  // 0 when it is not there
// Of "items"; an answer without is its own single item.
std::vector<Json> items_of(const Json& answer);

// {x} in a sentence is a value of the invocation, else a member of the answer.
std::string fill_sentence(std::string_view sentence, const Invocation& invocation, const Json& answer);

void render_rows(const Invocation& invocation, const std::vector<Json>& items, const Screen& screen,
                 std::string_view indent = "");

// The views (render_<view>.cc).
void render_session(const Invocation& invocation, const Json& session, const Screen& screen);
// "; TEID 0x00000100 at n3": the local F-TEIDs of a session, each once; nothing when there is none.
std::string f_teids_text(const Json& session);
void render_usage(const Json& usage, const Screen& screen);
void render_quota(const Json& answer, const Screen& screen);
void render_quota_change(const Invocation& invocation, const Json& answer, const Screen& screen);
// A session's rules as one flat item: ue_address, core_vrf, endpoint, teid, peer_address, peer_teid, qfi, rules.
Json session_summary(const Json& session);
void render_counters(const Invocation& invocation, const Json& answer, const Screen& screen);
void render_sync(const Invocation& invocation, const Json& answer, const Screen& screen);
void render_workers(const Invocation& invocation, const Json& answer, const Screen& screen);
void render_capacity(const Invocation& invocation, const Json& answer, const Screen& screen);
// "shared", "shared, weight 20", "reserved, 1,000 packets/s, 1 Mbit/s", "dedicated, workers 1 2".
std::string tier_text(const Json& tier);

}  // namespace demarc::shell
