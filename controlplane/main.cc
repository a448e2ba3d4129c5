// demarcd: the control plane. Exit codes: 0 stopped by a signal, 1 something could not be opened or bound, 2 a bad
// command line or configuration.
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "common/channel/curve.h"
#include "controlplane/config.h"
#include "controlplane/daemon.h"
#include "controlplane/store/store.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitBadConfiguration = 2;

int refuse(const std::string& sentence, int code) {
  std::fprintf(stderr, "demarcd: %s\n", sentence.c_str());
  return code;
}

void log_to_stderr(const std::string& level) {
  auto log = spdlog::stderr_color_mt("demarcd");
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
}

int run(const demarc::cp::DaemonConfig& config) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  log_to_stderr(config.log_level);
  try {
    auto status = demarc::cp::run_daemon(config);
    if (!status) return refuse(status.error().message, kExitFailed);
  } catch (const std::exception& e) {
    return refuse(e.what(), kExitFailed);
  }
  return 0;
}

int migrate(const demarc::cp::DaemonConfig& config, int schema) {
  auto done = demarc::cp::Store::migrate_to(config.store_path, schema);
  if (!done) return refuse(done.error().message, kExitFailed);
  fmt::print("{}", *done);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The control plane of demarc.", "demarcd"};
  std::string path, key_directory;
  bool check = false;
  int schema = 0;
  auto* config_option = app.add_option("--config", path, "configuration file (TOML)");
  app.add_flag("--check", check, "check the configuration file and what it asks of this machine, and do nothing else")
      ->needs(config_option);
  auto* migrate_option =
      app.add_option(
             "--migrate-to", schema,
             "carry the store up or down to this schema and end, to go back to an older demarcd; what the older "
             "schema has no place for is lost")
          ->needs(config_option);
  app.add_option("--make-curve-keys", key_directory, "write the keys for a tcp:// channel into this directory")
      ->excludes(config_option);
  app.set_version_flag("--version", "demarcd " DEMARC_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    return refuse(e.what() + std::string("; demarcd --help lists the options"), kExitBadConfiguration);
  }
  if (!key_directory.empty()) {
    auto made = demarc::channel::make_curve_keys(key_directory);
    return made ? 0 : refuse(made.error().message, kExitFailed);
  }
  if (path.empty()) return refuse("--config FILE is needed", kExitBadConfiguration);
  auto config = demarc::cp::load_config(path);
  if (!config) return refuse(config.error().message, kExitBadConfiguration);
  if (check) {
    if (const auto s = demarc::cp::check_host(*config); !s) return refuse(s.error().message, kExitBadConfiguration);
    fmt::print("{}: good: store {}, channel {}, API {}. Not tried: opening the store, listening\n", path,
               config->store_path, config->channel_endpoint, config->api_socket);
    return 0;
  }
  if (*migrate_option) return migrate(*config, schema);
  return run(*config);
}
