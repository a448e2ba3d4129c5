// Statements: SQL prepared once and kept, run with its arguments.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace demarc::cp {

struct Blob {
  const std::string& bytes;
};

class Statements {
 public:
  explicit Statements(SQLite::Database& database) : database_(database) {}

  // Runs a statement that yields no rows; returns how many rows it changed. Throws SQLite::Exception.
  template <class... Args>
  int run(const char* sql, const Args&... args) {
    SQLite::Statement& s = prepared(sql);
    Reset reset{s};
    int i = 0;
    (bind(s, ++i, args), ...);
    return s.exec();
  }

 private:
  struct Reset {
    SQLite::Statement& statement;
    ~Reset() { statement.tryReset(); }
  };

  SQLite::Statement& prepared(const char* sql) {
    auto it = statements_.find(sql);
    if (it == statements_.end()) it = statements_.emplace(sql, SQLite::Statement(database_, sql)).first;
    return it->second;
  }

  static void bind(SQLite::Statement& s, int i, uint32_t v) { s.bind(i, v); }
  static void bind(SQLite::Statement& s, int i, uint64_t v) { s.bind(i, static_cast<int64_t>(v)); }
  static void bind(SQLite::Statement& s, int i, const std::string& v) { s.bind(i, v); }
  static void bind(SQLite::Statement& s, int i, const char* v) { s.bind(i, v); }
  static void bind(SQLite::Statement& s, int i, std::nullptr_t) { s.bind(i); }
  static void bind(SQLite::Statement& s, int i, const std::optional<std::string>& v) {
    if (v) {
      s.bind(i, *v);
    } else {
      s.bind(i);
    }
  }
  static void bind(SQLite::Statement& s, int i, const std::optional<uint64_t>& v) {
    if (v) {
      bind(s, i, *v);
    } else {
      s.bind(i);
    }
  }
  static void bind(SQLite::Statement& s, int i, const Blob& v) {
    s.bind(i, v.bytes.data(), static_cast<int>(v.bytes.size()));
  }

  SQLite::Database& database_;
  std::map<std::string_view, SQLite::Statement> statements_;  // by SQL, which are literals
};

}  // namespace demarc::cp
