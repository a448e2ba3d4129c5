#include "controlplane/api/render_thread.h"

namespace demarc::cp {

RenderThread::RenderThread() : thread_([this] { run(); }) {}
RenderThread::~RenderThread() { stop(); }

void RenderThread::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void RenderThread::stop() {
  std::deque<std::function<void()>> dropped;  // destroyed without the lock: they may hold what submits
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void RenderThread::run() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace demarc::cp
