// A session's rules as the text of one column.
//
// One row a session, not one a rule: the rules are always read and replaced as a whole, so tables of PDRs, FARs and
// QERs would cost six writes instead of one and answer no question that anybody asks. A text of our own: demarcd reads
// all of them when it starts, and JSON took most of that time and of the file. Not a FlatBuffer: a person can read it,
// and the store does not change when the channel does.
//
// Each rule ends with ';', the whole with '.'. Fields are separated by ','; one that is absent is empty:
//   p,PDR id,precedence,a(ccess)|c(ore),VRF,FAR id,endpoint,TEID,UE address,QFI,r(emove outer header),QER ids with +;
//   f,FAR id,d(rop)|f(orward),a|c,VRF,endpoint,TEID,peer;
//   t,e(thernet)|u(nstructured);   first, of a session that carries no IP
//   q,QER id,uplink gate o(pen)|c(losed),downlink gate,QFI;
// Behind these come the fields that schema 3 did not know, each only if the rule has it, a letter before its value:
//   p: u<UE IPv6 prefix>, i<QFIs with +>, s<SDF filter: see sdf_filter_text.h>, each filter a field of its own,
//      r<framed routes with +>,
//      e<Ethernet filter: see ethernet_filter_text.h>, each a field of its own
//   f: m<ToS>/<mask>, d (copy the DSCP)     q: r (RQI), y<paging policy indicator>
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

std::string rules_to_text(const Session& session);
// Fills pdn_type, pdrs, fars and qers. Error `internal`: the text is not what rules_to_text makes. What the rules mean
// is not checked here.
Status rules_from_text(std::string_view text, Session& session);

// Whether an older demarcd, whose store has schema 3, can read the text: no field that it does not know, no IPv6.
bool rules_are_schema_3(std::string_view text);
// Whether one with schema 5 can: no framed routes, and IP inside.
bool rules_are_schema_5(std::string_view text);
// The text as one with schema 6 knows it: without rates.
std::string rules_to_schema_6(std::string_view text);

}  // namespace demarc::cp
