// Batch: jobs that are committed together. Model and store move as one: both have a job's changes, or neither.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "common/base/result.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"
#include "controlplane/store/store.h"

namespace demarc::cp {

class Batch {
 public:
  // What is passed outlives the Batch.
  Batch(Model& model, Store& store, const Edit::Ids& ids, const std::optional<DataPlaneLimits>& limits,
        const TenantShare& share = kDefaultShare)
      : model_(model), store_(store), ids_(ids), limits_(limits), share_(share) {}

  // One job: its changes are in the model and in the open transaction, or its error says why not.
  Status run(const std::function<Status(Edit&)>& mutate);

  // Ends the batch. On success every change of it is on the disk; on an error the model is what it was before the
  // batch.
  Result<std::vector<Change>> commit();

 private:
  Status store_changes(Edit& edit);
  void undo_all();

  Model& model_;
  Store& store_;
  const Edit::Ids& ids_;
  const std::optional<DataPlaneLimits>& limits_;
  const TenantShare& share_;
  std::list<Edit> edits_;  // those that are in the transaction
  bool begun_ = false;
  std::optional<Error> lost_;  // the transaction is gone, and why
};

}  // namespace demarc::cp
