#include "controlplane/shell/render.h"

#include "controlplane/shell/format.h"
#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

std::string plain_text(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>().empty() ? "-" : value.get<std::string>();
  if (value.is_number_float()) return decimal_text(value.get<double>());
  return value.dump();
}

// Of a route, behind the first one.
std::string next_hops_text(const Json& hops) {
  std::string out;
  if (hops.is_array())
    for (const Json& hop : hops)
      out += (out.empty() ? "" : " ") + member_text(hop, "gateway") + "%" + member_text(hop, "attachment");
  return out.empty() ? "-" : out;
}

std::string formatted(const Json& value, Format format) {
  if (format == Format::yes_no) return value.is_boolean() ? (value.get<bool>() ? "yes" : "NO") : plain_text(value);
  if (format == Format::next_hops) return next_hops_text(value);
  if (format == Format::tier) return tier_text(value);
  if (!value.is_number()) return plain_text(value);
  if (format == Format::percent) return decimal_text(value.get<double>()) + " %";
  if (!value.is_number_integer()) return plain_text(value);
  if (format == Format::count && !value.is_number_unsigned()) return with_separators(value.get<int64_t>());
  if (!value.is_number_unsigned()) return plain_text(value);
  const auto n = value.get<uint64_t>();
  switch (format) {
    case Format::count: return with_separators(n);
    case Format::bytes: return bytes_text(n);
    case Format::bits: return bits_text(n);
    case Format::hex32: return hex32_text(n);
    case Format::seid: return seid_text(n);
    case Format::milliseconds: return milliseconds_text(n);
    case Format::nanoseconds: return nanoseconds_text(n);
    default: return std::to_string(n);
  }
}

const Json& member(const Json& item, std::string_view name) {
  static const Json none;
  if (!item.is_object()) return none;
  const auto it = item.find(std::string(name));
  return it == item.end() ? none : *it;
}

void render_key(const Invocation& in, const Json& answer, const Screen& screen) {
  screen.out << "key " << printable(in.get("name")) << " added; its token, which is not shown again:\n"
             << printable(member_text(answer, "token")) << "\n";
}

void render_version(const Json& answer, const Screen& screen) {
  screen.out << "demarcd " << printable(member_text(answer, "version")) << " (store schema "
             << printable(member_text(answer, "store_schema")) << ")\n"
             << "demarc  " << DEMARC_VERSION << "\n";
}

void render_sessions(const Invocation& in, const Json& answer, const Screen& screen) {
  std::vector<Json> rows;
  for (const Json& s : items_of(answer)) rows.push_back(session_summary(s));
  render_rows(in, rows, screen);
  if (!rows.empty() && std::to_string(rows.size()) == in.get("limit"))
    screen.out << "(there may be more: --after " << cell_text(rows.back(), {"", "up_seid", Format::seid}) << ")\n";
}

}  // namespace

std::string cell_text(const Json& item, const Column& column) {
  return formatted(member(item, column.member), column.format);
}

std::string member_text(const Json& item, std::string_view name) { return plain_text(member(item, name)); }

uint64_t member_number(const Json& item, std::string_view name) {
  const Json& value = member(item, name);
  return value.is_number_unsigned() ? value.get<uint64_t>() : 0;
}

std::vector<Json> items_of(const Json& answer) {
  const Json& items = member(answer, "items");
  if (!items.is_array()) return {answer};
  std::vector<Json> out;
  for (const Json& i : items) out.push_back(i);
  return out;
}

std::string fill_sentence(std::string_view sentence, const Invocation& in, const Json& answer) {
  std::string out;
  for (size_t open; (open = sentence.find('{')) != std::string_view::npos;) {
    const size_t close = sentence.find('}', open);
    const std::string name(sentence.substr(open + 1, close - open - 1));
    std::string value = in.has(name) ? in.get(name) : member_text(answer, name);
    if (name == "up_seid" || name == "seid")
      if (const auto n = parse_number(value)) value = seid_text(*n);
    out += std::string(sentence.substr(0, open)) + printable(value);
    sentence.remove_prefix(close + 1);
  }
  return out + std::string(sentence);
}

void render_rows(const Invocation& in, const std::vector<Json>& items, const Screen& screen, std::string_view indent) {
  const Output& output = in.command->output;
  if (items.empty()) {
    screen.out << indent << fill_sentence(output.empty, in, Json()) << "\n";
    return;
  }
  std::vector<Table::Heading> headings;
  for (const Column& c : output.columns) headings.push_back({std::string(c.title), c.align});
  Table table(headings);
  for (const Json& item : items) {
    std::vector<std::string> cells;
    for (const Column& c : output.columns) cells.push_back(cell_text(item, c));
    table.add(std::move(cells));
  }
  table.print(screen, indent);
}

Status render(const Invocation& in, const Json& answer, const Screen& screen) {
  if (!answer.is_object())
    return fail(ErrorCode::internal, "demarcd answered something else than a JSON object; --json prints it");
  switch (in.command->output.view) {
    case View::table: render_rows(in, items_of(answer), screen); break;
    case View::change: screen.out << fill_sentence(in.command->output.sentence, in, answer) << "\n"; break;
    case View::session_change:
      screen.out << fill_sentence(in.command->output.sentence, in, answer) << f_teids_text(answer) << "\n";
      break;
    case View::key_added: render_key(in, answer, screen); break;
    case View::session: render_session(in, answer, screen); break;
    case View::sessions: render_sessions(in, answer, screen); break;
    case View::usage: render_usage(answer, screen); break;
    case View::quota: render_quota(answer, screen); break;
    case View::quota_change: render_quota_change(in, answer, screen); break;
    case View::counters: render_counters(in, answer, screen); break;
    case View::sync: render_sync(in, answer, screen); break;
    case View::workers: render_workers(in, answer, screen); break;
    case View::capacity: render_capacity(in, answer, screen); break;
    case View::trace: return render_traced_packet(answer, screen);
    case View::capture: break;  // a file: run_capture.cc
    case View::version: render_version(answer, screen); break;
  }
  return {};
}

}  // namespace demarc::shell
