#include "controlplane/core/batch.h"

#include <exception>

namespace demarc::cp {
namespace {

// A job is code of others: an exception of its must not end the thread that owns the store.
Status call(const std::function<Status(Edit&)>& mutate, Edit& edit) {
  try {
    return mutate(edit);
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, std::string("the change ended with an exception: ") + e.what());
  }
}

}  // namespace

Status Batch::run(const std::function<Status(Edit&)>& mutate) {
  if (lost_) return tl::unexpected(*lost_);
  Edit edit(model_, ids_, limits_, share_);
  Status status = call(mutate, edit);
  if (status && !edit.changes().empty()) status = store_changes(edit);
  if (!status) {
    edit.undo();
    return status;
  }
  if (!edit.changes().empty()) edits_.push_back(std::move(edit));
  return {};
}

Status Batch::store_changes(Edit& edit) {
  if (!begun_) {
    if (Status s = store_.begin(); !s) {
      lost_ = s.error();
      return s;
    }
    begun_ = true;
  }
  Status written = store_.write(edit.changes());
  if (!written && !store_.in_transaction()) lost_ = written.error();
  return written;
}

Result<std::vector<Change>> Batch::commit() {
  if (lost_ || edits_.empty()) {
    undo_all();
    if (begun_) store_.rollback();
    if (lost_) return tl::unexpected(*lost_);
    return std::vector<Change>{};
  }
  if (Status s = store_.commit(); !s) {
    undo_all();
    return tl::unexpected(s.error());
  }
  std::vector<Change> changes;
  for (const Edit& edit : edits_) changes.insert(changes.end(), edit.changes().begin(), edit.changes().end());
  return changes;
}

void Batch::undo_all() {
  for (auto it = edits_.rbegin(); it != edits_.rend(); ++it) it->undo();
  edits_.clear();
}

}  // namespace demarc::cp
