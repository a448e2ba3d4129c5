// RenderThread: where long answers are made into text, so that neither the core nor the io thread waits for them.
// Owners take turns, a job each: whoever asks for much waits for itself.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace demarc::cp {

class RenderThread {
 public:
  RenderThread();
  ~RenderThread();
  RenderThread(const RenderThread&) = delete;

  // Thread-safe. After stop() the job is dropped. A job does not throw.
  void submit(const std::string& owner, std::function<void()> job);
  // Drops what waits and ends the thread. Not from a job.
  void stop();

 private:
  void run();
  std::function<void()> take();  // of jobs_ that are not empty, with the lock

  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_, as is stopping_. Each owner that has jobs is in turns_ once.
  std::map<std::string, std::deque<std::function<void()>>> jobs_;
  std::deque<std::string> turns_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace demarc::cp
