// Core: the one thread that owns the store and the model, so that a change is checked, written and shown in one place
// without a race.
//
// write() jobs that wait together are committed together (group commit): each has its own savepoint, so one that is
// refused leaves no trace and does not disturb the others. `done` is called after the commit is on the disk. When the
// commit fails, none of the batch has happened, in the model neither, and each of its jobs gets `unavailable`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/channel/table_update.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"
#include "controlplane/store/store.h"

namespace demarc::cp {

class Core {
 public:
  // Called on the core thread after each commit, in order, with what the data plane must learn.
  using UpdateSink = std::function<void(std::vector<channel::TableUpdate>)>;

  // Opens (creates, migrates) the store at `path` and loads the model. Errors: the file cannot be opened, is in use by
  // another demarcd, is not ours, is of a newer schema. `share` is what Edit allows one tenant.
  static Result<std::unique_ptr<Core>> open(const std::string& path, UpdateSink sink, StoreOptions options = {},
                                            const TenantShare& share = {});
  ~Core();  // runs what was submitted, then ends the thread

  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Starts the thread; the sink first gets compile_all().
  void start();

  // Thread-safe. Both callbacks run on the core thread; `done` must not block. When `mutate` returns an error, or the
  // store cannot write, nothing has changed and `done` gets the error.
  void write(std::function<Status(Edit&)> mutate, std::function<void(Status)> done);
  // Thread-safe. Runs on the core thread, between commits: what it sees is on the disk, all writes submitted before it
  // included.
  void read(std::function<void(const Model&)> look);
  // The same for what an Edit knows besides: what one tenant may have. It changes nothing.
  void look(std::function<void(const Edit&)> look);
  // Thread-safe. What Edit checks against from now on.
  void set_limits(DataPlaneLimits limits);

 private:
  Core() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::cp
